//! `oz analyze`

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use oz::{
    AnalysisOutcome, AnalysisRequest, BestShot, ChallengeAttempt, FeatureVector, Gesture, Liveness, Oz,
    Result, Sampling, Threshold,
};

use super::progress::FrameProgress;
use super::setup::SetupArgs;
use super::table::Table;
use super::{Answered, annotate, challenge, output, table};
use crate::report::{AnalysisReport, ChallengeDocument};

/// Analyze photos, videos and shot sets: liveness, gestures, best shot, comparison.
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// Photos, videos and ZIP archives of images
    #[arg(required = true, value_name = "MEDIA")]
    media: Vec<PathBuf>,
    /// Photo or video of the claimed identity, compared with the subject
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// Requested gestures, comma-separated, in order: left, right, up, down, smile, eyes, scan
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    actions: Vec<Gesture>,
    /// Challenge that the recording answers, as printed by `oz challenge new`
    #[arg(long, value_name = "FILE", conflicts_with = "actions")]
    challenge: Option<PathBuf>,
    /// Arrival time of the recording in seconds since 1970-01-01 UTC (default: now)
    #[arg(long, value_name = "SECONDS", requires = "challenge")]
    received: Option<f64>,
    /// Output folder for frames annotated with verdict, evidence, boxes and meshes
    #[arg(long, value_name = "DIR")]
    annotate: Option<PathBuf>,
    /// Decision threshold, 0 to 1 (default: match from 0.85, no match below 0.5)
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f32>,
    /// Maximum rate of frames analysed, in frames per second (default: every frame)
    #[arg(long, value_name = "FPS")]
    frames_per_second: Option<f32>,
    /// Output file for the best shot, PNG or JPEG by extension
    #[arg(long, value_name = "FILE")]
    save_best_shot: Option<PathBuf>,
    /// Print one JSON document per input
    #[arg(long)]
    json: bool,
    /// Include the 478 mesh points of each face in the JSON
    #[arg(long, requires = "json")]
    mesh: bool,
}

impl AnalyzeArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        if self.save_best_shot.is_some() && self.media.len() > 1 {
            return Err(oz::Error::Config { detail: "--save-best-shot: only one input may be given".into() });
        }
        if self.annotate.is_some() && self.media.len() > 1 {
            return Err(oz::Error::Config { detail: "--annotate: only one input may be given".into() });
        }
        if let Some(target) = &self.save_best_shot {
            output::ensure_not_an_input("--save-best-shot", target, &self.media)?;
        }

        let policy = setup.config()?.liveness;
        let oz = setup.oz()?;
        let reference = self.reference.as_deref().map(|path| oz.features(path)).transpose()?;
        let request = self.request(reference)?;

        output::for_each(&self.media, self.json, |path, name| {
            let progress = FrameProgress::new(name);
            let outcome = oz.analyze_with_progress(path, &request, &mut |p| {
                progress.show(p);
                ControlFlow::Continue(())
            })?;
            drop(progress);

            self.save_best_shot(&outcome)?;
            if let Some(folder) = &self.annotate {
                annotate::write_frames(folder, &mut *oz.open(path)?, &outcome, &policy)?;
            }
            self.show(&oz, name, &outcome)
        })
    }

    fn request(&self, reference: Option<FeatureVector>) -> Result<AnalysisRequest> {
        let faces_every = match self.frames_per_second {
            None => std::time::Duration::ZERO,
            Some(rate) if rate > 0.0 && rate.is_finite() => {
                std::time::Duration::from_secs_f32(1.0 / rate.max(0.01))
            }
            Some(rate) => {
                return Err(oz::Error::Config {
                    detail: format!("--frames-per-second: {rate} must be a positive number"),
                });
            }
        };

        Ok(AnalysisRequest {
            actions: self.actions.clone(),
            challenge: self.challenge.as_deref().map(|path| self.attempt(path)).transpose()?,
            reference,
            threshold: self.threshold.map(Threshold::sharp).transpose()?.unwrap_or_default(),
            sampling: Sampling { faces_every, ..Sampling::default() },
            ..AnalysisRequest::default()
        })
    }

    fn attempt(&self, path: &Path) -> Result<ChallengeAttempt> {
        let text = std::fs::read_to_string(path).map_err(|source| oz::Error::File {
            action: "read",
            path: path.into(),
            source,
        })?;
        let attempt = ChallengeAttempt::new(ChallengeDocument::read(&text)?);
        Ok(attempt.received(challenge::received(self.received)))
    }

    fn save_best_shot(&self, outcome: &AnalysisOutcome) -> Result<()> {
        match (&self.save_best_shot, &outcome.best_shot) {
            (Some(path), Some(best)) => output::file(path, &encoded(path, &best.image)?),
            (Some(path), None) => {
                output::message(format_args!("{}: not written, no face was found", path.display()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn show(&self, oz: &Oz, name: &str, outcome: &AnalysisOutcome) -> Result<()> {
        if self.json {
            return output::document(&AnalysisReport::new(name, outcome, oz.engine().clone(), self.mesh));
        }
        output::text(summary(oz, name, outcome))
    }
}

/// Encodes as JPEG for the extensions `jpg` and `jpeg`, else as PNG.
fn encoded(path: &Path, image: &oz::Image) -> Result<Vec<u8>> {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    Ok(match extension.as_deref() {
        Some("jpg" | "jpeg") => oz::media::encode_jpeg(image, 95)?,
        _ => oz::media::encode_png(image)?,
    })
}

/// Table of the outcome, one aspect per row.
fn summary(oz: &Oz, name: &str, outcome: &AnalysisOutcome) -> String {
    let mut rows = table::new(["", name]);
    rows.add_row(["media".into(), media_sentence(outcome)]);
    add_liveness(&mut rows, &outcome.liveness);

    if let Some(comparison) = &outcome.comparison {
        rows.add_row(["comparison".into(), super::compare::sentence(comparison)]);
    }
    if let Some(challenge) = &outcome.challenge {
        rows.add_row(["challenge".into(), challenge_sentence(challenge)]);
    }
    for event in &outcome.gestures {
        let span = format!("{} to {}", table::seconds(event.start), table::seconds(event.end));
        rows.add_row([format!("gesture {}", event.gesture), span]);
    }

    let found = outcome.recording.subjects().count();
    rows.add_row(["faces".into(), format!("in {found} of {} frames", outcome.recording.frames.len())]);
    if let Some(best) = &outcome.best_shot {
        add_best_shot(&mut rows, best);
    }

    let engine = oz.engine();
    let total = outcome.timings.total().as_secs_f32();
    rows.add_row([
        "engine".into(),
        format!("{} {} on {}, {total:.2} s", engine.name, engine.version, engine.device),
    ]);
    rows.to_string()
}

fn media_sentence(outcome: &AnalysisOutcome) -> String {
    let media = &outcome.media;
    let size = media.width.zip(media.height).map_or(String::new(), |(w, h)| format!("{w} x {h}, "));
    let (frames, duration) = (outcome.frames_decoded, table::seconds(outcome.duration));
    let unit = if frames == 1 { "frame" } else { "frames" };
    format!("{}, {size}{frames} {unit}, {duration}", media.codec)
}

/// Adds the verdict and one row per layer of evidence.
fn add_liveness(rows: &mut Table, liveness: &Liveness) {
    let reasons = liveness.reasons.join("; ");
    rows.add_row([
        "liveness".into(),
        format!("{} ({:.2}): {reasons}", table::verdict(liveness.verdict), liveness.score),
    ]);
    for evidence in &liveness.evidence {
        let layer = format!("  {}", evidence.layer.name());
        let weight =
            format!("{:.2} at confidence {:.2}: {}", evidence.score, evidence.confidence, evidence.reason);
        rows.add_row([layer, weight]);
    }
}

fn add_best_shot(rows: &mut Table, best: &BestShot) {
    let quality = &best.subject.quality;
    let (time, pose) = (table::seconds(best.time), table::pose(&best.subject));
    rows.add_row([
        "best shot".into(),
        format!("frame {} at {time}, quality {}, {pose}", best.index, quality.unified),
    ]);

    let advice = quality.advice().join("; ");
    if !advice.is_empty() {
        rows.add_row(["advice".into(), advice]);
    }
}

/// Describes the outcome of a challenge and of each of its gestures.
fn challenge_sentence(challenge: &oz::ChallengeOutcome) -> String {
    let mut gestures = Vec::new();
    for answer in &challenge.answers {
        gestures.push(match (&answer.made, &answer.refusal) {
            (Some(made), None) => format!("{} at {}", answer.asked, table::seconds(made.peak)),
            (_, Some(refusal)) => refusal.to_string(),
            (None, None) => answer.asked.to_string(),
        });
    }
    let outcome = challenge.gravest().map_or("met", |refusal| refusal.code());
    format!("{outcome}: {}", gestures.join(", "))
}
