//! What an analysis found out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{BestShot, ChallengeOutcome, Liveness, Recording};
use crate::face::gesture::GestureEvent;
use crate::face::{ComparisonDecision, ComparisonScore, FeatureVector};
use crate::inference::ModelId;
use crate::media::MediaInfo;

/// Everything that an analysis found out about one recording.
#[derive(Debug)]
pub struct AnalysisOutcome {
    /// What was analysed.
    pub media: MediaInfo,
    /// Frames decoded, looked at or not.
    pub frames_decoded: u64,
    /// Presentation time of the last frame.
    pub duration: Duration,
    /// The frames that were looked at.
    pub recording: Recording,
    /// Gestures that the subject made, by start.
    pub gestures: Vec<GestureEvent>,
    /// Whether the challenge was met, when there was one and a face was found.
    pub challenge: Option<ChallengeOutcome>,
    /// The best picture of the subject; none when no face was found.
    pub best_shot: Option<BestShot>,
    /// Features of the subject on the best shot, when an extractor is there.
    pub features: Option<FeatureVector>,
    /// Whether a live person stood before the camera.
    pub liveness: Liveness,
    /// How alike subject and reference are, when a reference was given and a face was found.
    pub comparison: Option<Comparison>,
    /// The models that took part.
    pub models: Vec<ModelId>,
    /// Where the time went.
    pub timings: Timings,
}

/// Score and decision of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How alike the faces are.
    pub score: ComparisonScore,
    /// False match rate at that score, by the model's calibration.
    pub fmr: f64,
    /// What it means at the threshold.
    pub decision: ComparisonDecision,
}

/// The parts of the work that are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Bytes to pictures.
    Decode,
    /// Finding faces.
    Detect,
    /// Meshes and expressions.
    Landmarks,
    /// Judging quality.
    Quality,
    /// Taking features.
    Features,
    /// Looking for attacks.
    Pad,
}

impl Stage {
    /// Every stage, in the order of the work.
    pub const ALL: [Self; 6] =
        [Self::Decode, Self::Detect, Self::Landmarks, Self::Quality, Self::Features, Self::Pad];

    /// Name, lowercase.
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

/// Time spent in each stage, summed over all frames.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timings([Duration; Stage::ALL.len()]);

impl Timings {
    /// Time spent in one stage.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Duration {
        self.0[stage as usize]
    }

    /// Time spent in all stages.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.0.iter().sum()
    }

    /// Adds time to a stage.
    pub fn add(&mut self, stage: Stage, time: Duration) {
        self.0[stage as usize] += time;
    }
}
