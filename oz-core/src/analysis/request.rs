//! What is asked of an analysis.

use std::time::Duration;

use super::ChallengeAttempt;
use crate::face::gesture::Gesture;
use crate::face::{FeatureVector, Threshold};

/// What to find out about a recording. The default asks for everything that needs no further input.
#[derive(Debug, Clone, Default)]
pub struct AnalysisRequest {
    /// Gestures that the subject was asked to make, in this order. Empty: none were asked for.
    pub actions: Vec<Gesture>,
    /// The random challenge that the recording answers; in place of `actions`, with times.
    pub challenge: Option<ChallengeAttempt>,
    /// Features of the person that the subject claims to be.
    pub reference: Option<FeatureVector>,
    /// Scores that separate match, inconclusive and no match.
    pub threshold: Threshold,
    /// Which frames are looked at, and how closely.
    pub sampling: Sampling,
}

/// Which frames are looked at, and how closely.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Shortest time between two frames in which faces are looked for; zero looks at every frame.
    pub faces_every: Duration,
    /// Shortest time between two frames whose features are taken, to see whether the person stays the same.
    pub features_every: Duration,
    /// Shortest time between two frames whose appearance and texture are judged.
    pub pad_every: Duration,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            faces_every: Duration::ZERO,
            features_every: Duration::from_millis(500),
            pad_every: Duration::from_millis(250),
        }
    }
}

/// How far an analysis has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Frames seen so far.
    pub frames: u64,
    /// Frames in all, when the media tells.
    pub total: Option<u64>,
    /// Presentation time of the last frame.
    pub time: Duration,
}
