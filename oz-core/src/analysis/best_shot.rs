//! Best shot of a recording.

use std::time::Duration;

use serde::Serialize;

use super::ObservedFace;
use crate::media::{Frame, Image};

/// The frame that shows the subject in the highest quality.
///
/// ```
/// use oz_core::analysis::{AnalysisOutcome, BestShot};
///
/// /// Describes the best shot, or asks for another recording.
/// fn advise(outcome: &AnalysisOutcome) -> String {
///     match &outcome.best_shot {
///         Some(BestShot { time, subject, .. }) => {
///             format!("quality {} at {} ms", subject.quality.unified, time.as_millis())
///         }
///         None => "no face was found, record again".into(),
///     }
/// }
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct BestShot {
    /// The whole upright frame. Not serialised.
    #[serde(skip)]
    pub image: Image,
    /// Index of the frame in presentation order, from 0.
    pub index: u64,
    /// Presentation time.
    pub time: Duration,
    /// The subject's face, in pixels of `image`.
    pub subject: ObservedFace,
}

impl BestShot {
    pub(super) fn new(frame: &Frame, subject: &ObservedFace) -> Self {
        Self { image: frame.image.clone(), index: frame.index, time: frame.time, subject: subject.clone() }
    }

    /// Whether a later frame has a higher unified quality. Of equal ones the earlier is kept.
    pub(super) fn is_beaten_by(&self, later: &ObservedFace) -> bool {
        later.quality.unified > self.subject.quality.unified
    }
}
