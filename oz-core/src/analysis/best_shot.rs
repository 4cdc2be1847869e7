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
    /// The better of what was best so far and a new frame: higher unified quality, the earlier one of equals.
    pub(super) fn better(best: Option<Self>, frame: &Frame, subject: &ObservedFace) -> Self {
        match best {
            Some(best) if best.subject.quality.unified >= subject.quality.unified => best,
            _ => Self {
                image: frame.image.clone(),
                index: frame.index,
                time: frame.time,
                subject: subject.clone(),
            },
        }
    }
}
