//! `oz demo`
//!
//! Everything on one real portrait, which is in the public domain, and on attacks made from it.

mod scenes;
mod service;

use std::time::Instant;

use clap::Args;
use oz::{AnalysisOutcome, AnalysisRequest, Gesture, Media, Oz, Result};

use super::setup::SetupArgs;
use super::{Answered, output, table};
use scenes::Scene;

/// Eileen Collins, photographed by NASA; see `tests/fixtures/README.md`.
const PORTRAIT: &[u8] = include_bytes!("../../assets/portrait.png");

/// Run everything on a public-domain portrait.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Leave the service running at the end, until Ctrl-C
    #[arg(long)]
    keep: bool,
}

impl DemoArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let start = Instant::now();
        let oz = setup.oz()?;
        let engine = oz.engine();
        output::text(format!(
            "Engine: {} {} on {}\n  {}",
            engine.name,
            engine.version,
            engine.device,
            oz.engine_choice()
        ))?;
        let portrait = oz.decode(Media::from(PORTRAIT))?;
        show_portrait(&oz)?;
        show_comparisons(&oz, &portrait)?;
        show_liveness(&oz, &portrait)?;
        drop(oz);
        service::show(&setup.config()?, self.keep)?;
        output::text(format!("\nAll of this took {:.1} s.", start.elapsed().as_secs_f32()))?;
        Ok(Answered::All)
    }
}

fn show_portrait(oz: &Oz) -> Result<()> {
    let (_, faces) = oz.inspect(PORTRAIT)?;
    let mut rows = table::new(["", "what oz sees in the portrait"]);
    for face in &faces {
        rows.add_row(["face".into(), table::place(face)]);
        rows.add_row(["pose".into(), format!("{} (degrees)", table::pose(face))]);
        if let Some(shapes) = &face.face.mesh.blendshapes {
            let words = format!(
                "smile {:.2}  blink {:.2}  jaw open {:.2}",
                shapes.smile(),
                shapes.blink(),
                shapes.jaw_open()
            );
            rows.add_row(["expression".into(), words]);
        }
        rows.add_row(["quality".into(), format!("{} of 100", face.quality.unified)]);
        for component in &face.quality.components {
            let words = component.advice.as_deref().unwrap_or_default();
            rows.add_row([format!("  {:?}", component.element), format!("{:>3}  {words}", component.value)]);
        }
    }
    output::text(format!("\n{rows}"))
}

fn show_comparisons(oz: &Oz, portrait: &oz::Image) -> Result<()> {
    let reference = oz.features(portrait)?;
    let mut rows = table::new(["portrait compared with", "decision", "score", "false match rate there"]);
    for (name, probe) in scenes::probes(portrait)? {
        let comparison =
            oz.compare_features(&oz.features(probe)?, &reference, &AnalysisRequest::default())?;
        rows.add_row([
            name.to_owned(),
            table::decision(comparison.decision).to_owned(),
            format!("{:.3}", comparison.score.value),
            comparison.fmr.map_or_else(|| "unknown".into(), |fmr| format!("{fmr:.0e}")),
        ]);
    }
    output::text(format!("\n{rows}"))
}

fn show_liveness(oz: &Oz, portrait: &oz::Image) -> Result<()> {
    let mut rows = table::new(["presentation", "frames", "best shot", "liveness", "score", "because"]);
    for Scene { name, media, asked } in scenes::presentations(portrait) {
        let request = AnalysisRequest { actions: asked, ..AnalysisRequest::default() };
        let outcome = oz.analyze(media, &request)?;
        let liveness = &outcome.liveness;
        rows.add_row([
            name.to_owned(),
            format!("{} of {}", outcome.recording.subjects().count(), outcome.frames_decoded),
            best_shot(&outcome),
            table::verdict(liveness.verdict).to_owned(),
            format!("{:.2}", liveness.score),
            liveness.reasons.join("; "),
        ]);
    }
    output::text(format!("\n{rows}"))
}

fn best_shot(outcome: &AnalysisOutcome) -> String {
    outcome.best_shot.as_ref().map_or("none".into(), |best| {
        format!("{} at {}", best.subject.quality.unified, table::seconds(best.time))
    })
}

/// Gestures that the demo asks a photo for.
const ASKED: [Gesture; 2] = [Gesture::Left, Gesture::Smile];
