//! Document of an analysis.

use std::collections::BTreeMap;

use oz_core::analysis::{AnalysisOutcome, FrameObservation, Liveness, Stage};
use oz_core::face::gesture::{Gesture, GestureEvent};
use oz_core::face::pad::{PadLayer, PadVerdict};
use serde::Serialize;

use super::{ChallengeReport, EngineInfo, FaceReport, MediaReport, ScoreReport, millis, rounded, seconds};

/// Document that `oz analyze --json` prints per recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AnalysisReport {
    /// `oz.analysis/1`.
    pub schema: &'static str,
    /// Analysed media.
    pub media: MediaReport,
    /// Liveness verdict.
    pub liveness: LivenessReport,
    /// Comparison with the reference, if one was given.
    pub comparison: Option<ScoreReport>,
    /// Gestures of the subject.
    pub gestures: Vec<GestureReport>,
    /// Outcome of the challenge, if one was given.
    pub challenge: Option<ChallengeReport>,
    /// Frame with the best quality of the subject.
    pub best_shot: Option<FrameReport>,
    /// Analysed frames.
    pub frames: Vec<FrameReport>,
    /// Engine that ran the models.
    pub engine: EngineInfo,
    /// Ids of the models used.
    pub models: Vec<String>,
    /// Time spent in each stage in milliseconds, and their sum as `total`.
    pub timings_ms: BTreeMap<&'static str, f64>,
}

/// Frame with its faces.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FrameReport {
    /// Number in presentation order, from 0.
    pub index: u64,
    /// Presentation time in seconds.
    pub time_s: f64,
    /// Index of the subject in `faces`.
    pub subject: Option<usize>,
    /// Faces, largest first.
    pub faces: Vec<FaceReport>,
}

/// Gesture with its times in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct GestureReport {
    /// Kind of gesture. Left and right are those of the subject.
    pub gesture: Gesture,
    /// Start.
    pub start_s: f64,
    /// Time of the largest extent.
    pub peak_s: f64,
    /// End.
    pub end_s: f64,
    /// Largest extent: degrees for turns, 0..=1 for expressions.
    pub extent: f64,
}

/// Liveness verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LivenessReport {
    /// `bona_fide`, `attack` or `inconclusive`.
    pub verdict: PadVerdict,
    /// Score, 0 (attack) to 1 (bona fide).
    pub score: f64,
    /// Reasons of the verdict, most important first.
    pub reasons: Vec<String>,
    /// Evidence of each layer.
    pub evidence: Vec<EvidenceReport>,
}

/// Evidence of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct EvidenceReport {
    /// Layer.
    pub layer: PadLayer,
    /// Score, 0 (attack) to 1 (bona fide); 0.5 supports neither.
    pub score: f64,
    /// Weight of the score, 0..=1.
    pub confidence: f64,
    /// Explanation.
    pub reason: String,
}

impl AnalysisReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.analysis/1";

    /// Document of an outcome. `with_mesh` includes the mesh points of every face.
    #[must_use]
    pub(crate) fn new(name: &str, outcome: &AnalysisOutcome, engine: EngineInfo, with_mesh: bool) -> Self {
        let best_shot = outcome.best_shot.as_ref().map(|best| FrameReport {
            index: best.index,
            time_s: seconds(best.time),
            subject: Some(0),
            faces: vec![FaceReport::new(&best.subject, with_mesh)],
        });
        let frames = outcome.recording.frames.iter().map(|frame| FrameReport::new(frame, with_mesh));
        let timings = Stage::ALL.into_iter().map(|stage| (stage.name(), millis(outcome.timings.of(stage))));

        Self {
            schema: Self::SCHEMA,
            media: MediaReport::new(name, &outcome.media, outcome.frames_decoded, outcome.duration),
            liveness: LivenessReport::new(&outcome.liveness),
            comparison: outcome.comparison.as_ref().map(ScoreReport::new),
            gestures: outcome.gestures.iter().map(GestureReport::new).collect(),
            challenge: outcome.challenge.as_ref().map(ChallengeReport::new),
            best_shot,
            frames: frames.collect(),
            engine,
            models: outcome.models.iter().map(ToString::to_string).collect(),
            timings_ms: timings.chain([("total", millis(outcome.timings.total()))]).collect(),
        }
    }
}

impl FrameReport {
    fn new(frame: &FrameObservation, with_mesh: bool) -> Self {
        Self {
            index: frame.index,
            time_s: seconds(frame.time),
            subject: frame.subject,
            faces: frame.faces.iter().map(|face| FaceReport::new(face, with_mesh)).collect(),
        }
    }
}

impl GestureReport {
    pub(crate) fn new(event: &GestureEvent) -> Self {
        Self {
            gesture: event.gesture,
            start_s: seconds(event.start),
            peak_s: seconds(event.peak),
            end_s: seconds(event.end),
            extent: rounded(event.extent, 2),
        }
    }
}

impl LivenessReport {
    fn new(liveness: &Liveness) -> Self {
        Self {
            verdict: liveness.verdict,
            score: rounded(liveness.score, 4),
            reasons: liveness.reasons.clone(),
            evidence: liveness
                .evidence
                .iter()
                .map(|e| EvidenceReport {
                    layer: e.layer.clone(),
                    score: rounded(e.score, 4),
                    confidence: rounded(e.confidence, 4),
                    reason: e.reason.clone(),
                })
                .collect(),
        }
    }
}
