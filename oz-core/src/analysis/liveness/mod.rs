//! Liveness: layers of evidence and the policy that joins them into a verdict.
//!
//! Each layer examines one property of the presentation and gives a score (0..=1, higher is more bona fide),
//! a confidence (0..=1, the weight of that score) and a reason. Most layers search for something that a live
//! person cannot fail to show: they can detect an attack, but passing them proves nothing, so they then
//! answer [`PadEvidence::NEUTRAL`]. Only appearance, motion and gestures made as requested count in favour of
//! the subject.
//!
//! [`LivenessPolicy`] documents the way from the evidence to the resolution of an analysis.

mod appearance;
mod capture;
mod gestures;
mod identity;
mod motion;
mod policy;
pub mod port;
pub mod texture;

use std::sync::Arc;

use self::port::LivenessLayer;
use super::{ChallengeOutcome, Recording};
use crate::face::Calibration;
use crate::face::gesture::{Gesture, GestureEvent};
use crate::face::pad::PadEvidence;
use crate::media::MediaKind;

pub use policy::{DEFAULT_SPOOFING_THRESHOLD, Liveness, LivenessPolicy};

/// Input of the layers.
#[derive(Debug, Clone, Copy)]
pub struct Presentation<'a> {
    /// Observed frames.
    pub recording: &'a Recording,
    /// Kind of media; only the frames of a video have real times.
    pub kind: MediaKind,
    /// Gestures that the subject made, by start.
    pub gestures: &'a [GestureEvent],
    /// Gestures that were requested, in order.
    pub asked: &'a [Gesture],
    /// Outcome of the challenge, if the recording answers one. Takes the place of `asked`.
    pub challenge: Option<&'a ChallengeOutcome>,
    /// Calibration of the feature extractor; `None` without an extractor.
    pub calibration: Option<&'a Calibration>,
}

/// Collects the evidence of every built-in layer and every `custom` one, one item each. Without a face there
/// is no evidence.
#[must_use]
pub fn gather(presentation: &Presentation<'_>, custom: &[Arc<dyn LivenessLayer>]) -> Vec<PadEvidence> {
    if presentation.recording.subjects().next().is_none() {
        return Vec::new();
    }

    let mut evidence = vec![
        appearance::judge(presentation),
        texture::judge(presentation),
        motion::judge(presentation),
        identity::judge(presentation),
        gestures::judge(presentation),
        capture::judge(presentation),
    ];
    evidence.extend(custom.iter().map(|layer| layer.judge(presentation)));
    evidence
}
