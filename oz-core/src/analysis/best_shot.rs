//! The one picture that stands for a recording.

use std::time::Duration;

use super::ObservedFace;
use crate::media::{Frame, Image};

/// The best picture of the subject.
#[derive(Debug, Clone)]
pub struct BestShot {
    /// The whole upright frame.
    pub image: Image,
    /// Number of the frame in presentation order.
    pub index: u64,
    /// Presentation time.
    pub time: Duration,
    /// The subject's face in it.
    pub subject: ObservedFace,
}

impl BestShot {
    pub(super) fn new(frame: &Frame, subject: &ObservedFace) -> Self {
        Self { image: frame.image.clone(), index: frame.index, time: frame.time, subject: subject.clone() }
    }

    /// Whether a later frame is better: of higher unified quality. Of equals the earlier one stays.
    pub(super) fn is_beaten_by(&self, later: &ObservedFace) -> bool {
        later.quality.unified > self.subject.quality.unified
    }
}
