//! `oz demo`: all features on a public-domain portrait and on attacks generated from it.

mod scenes;
mod service;

use std::time::Instant;

use clap::Args;
use oz::{AnalysisOutcome, AnalysisRequest, Gesture, Media, Oz, Result};

use super::setup::SetupArgs;
use super::{Answered, output, table};
use scenes::Scene;

/// Portrait of Eileen Collins by NASA; see `tests/fixtures/README.md`.
const PORTRAIT: &[u8] = include_bytes!("../../assets/portrait.png");

/// Run all features on a public-domain portrait and on attacks generated from it.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the service running at the end, until Ctrl-C
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

        // The service loads the models itself.
        drop(oz);
        service::show(&setup.config()?, self.keep)?;
        output::text(format!("\nTotal time: {:.1} s", start.elapsed().as_secs_f32()))?;
        Ok(Answered::All)
    }
}

fn show_portrait(oz: &Oz) -> Result<()> {
    let (_, faces) = oz.inspect(PORTRAIT)?;
    let mut rows = table::new(["", "portrait"]);
    for face in &faces {
        rows.add_row(["face".into(), table::place(face)]);
        rows.add_row(["pose".into(), format!("{} (degrees)", table::pose(face))]);
        if let Some(shapes) = &face.face.mesh.blendshapes {
            let expression = format!(
                "smile {:.2}  blink {:.2}  jaw open {:.2}",
                shapes.smile(),
                shapes.blink(),
                shapes.jaw_open()
            );
            rows.add_row(["expression".into(), expression]);
        }
        rows.add_row(["quality".into(), format!("{} of 100", face.quality.unified)]);
        for component in &face.quality.components {
            let advice = component.advice.as_deref().unwrap_or_default();
            rows.add_row([format!("  {:?}", component.element), format!("{:>3}  {advice}", component.value)]);
        }
    }
    output::text(format!("\n{rows}"))
}

fn show_comparisons(oz: &Oz, portrait: &oz::Image) -> Result<()> {
    let reference = oz.features(portrait)?;
    let mut rows = table::new(["compared with", "decision", "score", "false match rate at this score"]);
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
    let head = ["presentation", "faces in frames", "best shot", "liveness", "score", "reasons"];
    let mut rows = table::new(head);
    for Scene { name, media, requested } in scenes::presentations(portrait) {
        let request = AnalysisRequest { actions: requested, ..AnalysisRequest::default() };
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

/// Gestures requested of a photo.
const REQUESTED: [Gesture; 2] = [Gesture::Left, Gesture::Smile];
