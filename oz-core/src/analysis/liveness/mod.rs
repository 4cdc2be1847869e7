//! Is a live person before the camera? Layers of evidence, and the policy that joins them.
//!
//! Each layer looks at one side of the presentation and says what it saw, how bona fide that is, and how much its word
//! is worth. Most layers look for something that a live person cannot fail to show: they can find an attack, but
//! passing them proves nothing, so they then answer .5. Only the appearance, the motion and gestures made as asked speak
//! for the subject.

mod appearance;
mod capture;
mod gestures;
mod identity;
mod motion;
mod policy;
pub mod texture;

use super::{ChallengeOutcome, Recording};
use crate::face::Calibration;
use crate::face::gesture::{Gesture, GestureEvent};
use crate::face::pad::PadEvidence;
use crate::media::MediaKind;

pub use policy::{Liveness, LivenessPolicy};

/// What the layers look at.
#[derive(Debug, Clone, Copy)]
pub struct Presentation<'a> {
    /// What was seen.
    pub recording: &'a Recording,
    /// What it came in.
    pub kind: MediaKind,
    /// Gestures that were made.
    pub gestures: &'a [GestureEvent],
    /// Gestures that were asked for.
    pub asked: &'a [Gesture],
    /// What became of the challenge, when there was one.
    pub challenge: Option<&'a ChallengeOutcome>,
    /// How similarity of features becomes a score, when there are features.
    pub calibration: Option<&'a Calibration>,
}

/// Asks every layer. Without a face there is no evidence.
#[must_use]
pub fn gather(presentation: &Presentation<'_>) -> Vec<PadEvidence> {
    if presentation.recording.subjects().next().is_none() {
        return Vec::new();
    }
    vec![
        appearance::judge(presentation),
        texture::judge(presentation),
        motion::judge(presentation),
        identity::judge(presentation),
        gestures::judge(presentation),
        capture::judge(presentation),
    ]
}
