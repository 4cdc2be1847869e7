//! Results of an analysis.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::{BestShot, ChallengeOutcome, Liveness, Recording};
use crate::face::gesture::GestureEvent;
use crate::face::{ComparisonDecision, ComparisonScore, FeatureVector};
use crate::inference::ModelId;
use crate::media::MediaInfo;

/// Result of the analysis of one recording.
///
/// A recording without a face is a valid outcome: `best_shot`, `features`, `comparison` and `challenge` are
/// `None`, and the liveness verdict is inconclusive.
///
/// ```
/// use oz_core::analysis::AnalysisOutcome;
/// use oz_core::face::ComparisonDecision;
/// use oz_core::face::pad::PadVerdict;
///
/// /// Accepts a live subject who matches the reference.
/// fn accepts(outcome: &AnalysisOutcome) -> bool {
///     let same_person = outcome.comparison.is_some_and(|it| it.decision == ComparisonDecision::Match);
///     same_person && outcome.liveness.verdict == PadVerdict::BonaFide
/// }
/// ```
///
/// It serialises to everything but pixels: [`BestShot::image`] and [`FrameObservation::thumbnail`] are left
/// out, while `features` and the meshes of the faces are biometric data and remain.
///
/// [`FrameObservation::thumbnail`]: super::FrameObservation::thumbnail
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AnalysisOutcome {
    /// Container, size and duration of the media, as its headers state them.
    pub media: MediaInfo,
    /// Number of decoded frames, sampled or not.
    pub frames_decoded: u64,
    /// Presentation time of the last frame.
    pub duration: Duration,
    /// Observations of all frames that were due for face detection.
    pub recording: Recording,
    /// Gestures that the subject made, by start.
    pub gestures: Vec<GestureEvent>,
    /// Result of the challenge; `None` without a challenge or without a face.
    pub challenge: Option<ChallengeOutcome>,
    /// Frame of the highest quality; `None` when no face was found.
    pub best_shot: Option<BestShot>,
    /// Feature vector of the subject on the best shot; `None` without a face or without an extractor.
    pub features: Option<FeatureVector>,
    /// Liveness verdict, score and evidence.
    pub liveness: Liveness,
    /// Comparison of the best shot with the reference; `None` without a reference, a face or an extractor.
    pub comparison: Option<Comparison>,
    /// IDs of all models in use.
    pub models: Vec<ModelId>,
    /// Wall-clock time per stage.
    pub timings: Timings,
}

/// Result of a comparison of two faces.
///
/// ```
/// use oz_core::analysis::Comparison;
/// use oz_core::face::ComparisonDecision;
///
/// fn describe(comparison: &Comparison) -> String {
///     let decision = match comparison.decision {
///         ComparisonDecision::Match => "same person",
///         ComparisonDecision::NonMatch => "different people",
///         ComparisonDecision::Inconclusive => "undecided, treat as a refusal",
///     };
///     format!("{decision} (score {:.2})", comparison.score.value)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Calibrated score and raw similarity.
    pub score: ComparisonScore,
    /// False match rate at this score, 0..=1, by the model's calibration; `None` when the calibration has no
    /// operating points.
    pub fmr: Option<f64>,
    /// Decision at the requested threshold.
    pub decision: ComparisonDecision,
}

/// Timed stages of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Decoding of frames.
    Decode,
    /// Face detection.
    Detect,
    /// Mesh and expression.
    Landmarks,
    /// Quality assessment.
    Quality,
    /// Feature extraction.
    Features,
    /// PAD model and texture analysis.
    Pad,
}

impl Stage {
    /// Every stage, in processing order.
    pub const ALL: [Self; 6] =
        [Self::Decode, Self::Detect, Self::Landmarks, Self::Quality, Self::Features, Self::Pad];

    /// Lowercase name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Detect => "detect",
            Self::Landmarks => "landmarks",
            Self::Quality => "quality",
            Self::Features => "features",
            Self::Pad => "pad",
        }
    }
}

/// Wall-clock time spent in each stage, summed over all frames. Serialises to a map from stage to time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timings([Duration; Stage::ALL.len()]);

impl Timings {
    /// Time spent in `stage`.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Duration {
        self.0[stage as usize]
    }

    /// Sum over all stages.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.0.iter().sum()
    }

    /// Adds `time` to `stage`.
    pub fn add(&mut self, stage: Stage, time: Duration) {
        self.0[stage as usize] += time;
    }
}

impl Serialize for Timings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Stage::ALL.map(|stage| (stage, self.of(stage))))
    }
}
