//! An analysis as plain data.

use std::collections::BTreeMap;

use oz_core::analysis::{AnalysisOutcome, FrameObservation, Liveness, Stage};
use oz_core::face::gesture::{Gesture, GestureEvent};
use oz_core::face::pad::{PadLayer, PadVerdict};
use serde::Serialize;

use super::{ChallengeReport, EngineInfo, FaceReport, MediaReport, ScoreReport, millis, rounded, seconds};

/// What `oz analyze --json` prints for each recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AnalysisReport {
    /// `oz.analysis/1`.
    pub schema: &'static str,
    /// What was analysed.
    pub media: MediaReport,
    /// Whether a live person stood before the camera.
    pub liveness: LivenessReport,
    /// How alike subject and reference are, when a reference was given.
    pub comparison: Option<ScoreReport>,
    /// Gestures that the subject made.
    pub gestures: Vec<GestureReport>,
    /// What became of the challenge, when there was one.
    pub challenge: Option<ChallengeReport>,
    /// The best picture of the subject.
    pub best_shot: Option<FrameReport>,
    /// The frames that were looked at.
    pub frames: Vec<FrameReport>,
    /// What ran the models.
    pub engine: EngineInfo,
    /// The models that took part.
    pub models: Vec<String>,
    /// Milliseconds spent in each stage, and their sum as `total`.
    pub timings_ms: BTreeMap<&'static str, f64>,
}

/// One frame and the faces in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FrameReport {
    /// Number in presentation order.
    pub index: u64,
    /// Presentation time.
    pub time_s: f64,
    /// Which of the faces is the subject.
    pub subject: Option<usize>,
    /// The faces, largest first.
    pub faces: Vec<FaceReport>,
}

/// One gesture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct GestureReport {
    /// Which; sides are the subject's own.
    pub gesture: Gesture,
    /// When it began.
    pub start_s: f64,
    /// When it was fullest.
    pub peak_s: f64,
    /// When it was over.
    pub end_s: f64,
    /// How far it went: degrees for turns, 0..=1 for expressions.
    pub extent: f64,
}

/// A liveness verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LivenessReport {
    /// `bona_fide`, `attack` or `inconclusive`.
    pub verdict: PadVerdict,
    /// How bona fide, 0..=1.
    pub score: f64,
    /// What decided, most important first.
    pub reasons: Vec<String>,
    /// What each layer said.
    pub evidence: Vec<EvidenceReport>,
}

/// What one layer said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct EvidenceReport {
    /// Which layer.
    pub layer: PadLayer,
    /// How bona fide it looks to the layer, 0..=1; .5 is neither.
    pub score: f64,
    /// How much that is worth, 0..=1.
    pub confidence: f64,
    /// Why.
    pub reason: String,
}

impl AnalysisReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.analysis/1";

    /// Describes an outcome; `with_mesh` includes all points of every face.
    #[must_use]
    pub(crate) fn new(name: &str, outcome: &AnalysisOutcome, engine: EngineInfo, with_mesh: bool) -> Self {
        let frame = |frame: &FrameObservation| FrameReport::new(frame, with_mesh);
        Self {
            schema: Self::SCHEMA,
            media: MediaReport::new(name, &outcome.media, outcome.frames_decoded, outcome.duration),
            liveness: LivenessReport::new(&outcome.liveness),
            comparison: outcome.comparison.as_ref().map(ScoreReport::new),
            gestures: outcome.gestures.iter().map(GestureReport::new).collect(),
            challenge: outcome.challenge.as_ref().map(ChallengeReport::new),
            best_shot: outcome.best_shot.as_ref().map(|best| FrameReport {
                index: best.index,
                time_s: seconds(best.time),
                subject: Some(0),
                faces: vec![FaceReport::new(&best.subject, with_mesh)],
            }),
            frames: outcome.recording.frames.iter().map(frame).collect(),
            engine,
            models: outcome.models.iter().map(ToString::to_string).collect(),
            timings_ms: Stage::ALL
                .into_iter()
                .map(|stage| (stage.name(), millis(outcome.timings.of(stage))))
                .chain([("total", millis(outcome.timings.total()))])
                .collect(),
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
                    layer: e.layer,
                    score: rounded(e.score, 4),
                    confidence: rounded(e.confidence, 4),
                    reason: e.reason.clone(),
                })
                .collect(),
        }
    }
}
