//! Parameters of an analysis.

use std::time::Duration;

use super::ChallengeAttempt;
use crate::face::gesture::Gesture;
use crate::face::{FeatureVector, Threshold};

/// Parameters of one analysis.
///
/// The default computes everything that needs no further input: faces, quality, gestures, best shot, features
/// and liveness. Each optional field adds one check.
///
/// ```
/// use oz_core::analysis::AnalysisRequest;
/// use oz_core::face::gesture::Gesture;
/// use oz_core::face::{FeatureVector, Threshold};
/// use oz_core::inference::ModelId;
///
/// let request = AnalysisRequest {
///     actions: vec![Gesture::Left, Gesture::Smile],
///     reference: Some(FeatureVector::normalized(ModelId::new("toy"), vec![3.0, 4.0])?),
///     threshold: Threshold::sharp(0.9)?,
///     ..AnalysisRequest::default()
/// };
/// assert_eq!(request.threshold.matching(), 0.9);
/// assert_eq!(request.sampling.features_every.as_millis(), 500);
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct AnalysisRequest {
    /// Gestures that the subject was asked to make, in this order. Empty when none were requested. Ignored by
    /// the liveness verdict when `challenge` is set.
    pub actions: Vec<Gesture>,
    /// Challenge that the recording answers, checked for kind, order and timing of the gestures.
    pub challenge: Option<ChallengeAttempt>,
    /// Feature vector of the claimed identity, compared with the best shot.
    pub reference: Option<FeatureVector>,
    /// Threshold of the comparison with `reference`.
    pub threshold: Threshold,
    /// Sampling of frames.
    pub sampling: Sampling,
    /// Results to compute.
    pub scope: AnalysisScope,
}

/// Results that an analysis computes.
///
/// ```
/// use oz_core::analysis::{AnalysisRequest, AnalysisScope};
///
/// assert_eq!(AnalysisRequest::default().scope, AnalysisScope::Full);
/// // Faster where only the features are used, e.g. for enrolment.
/// let request = AnalysisRequest { scope: AnalysisScope::Features, ..AnalysisRequest::default() };
/// # let _ = request;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AnalysisScope {
    /// Everything.
    #[default]
    Full,
    /// Faces, quality, gestures, best shot, features and comparison. No PAD model runs, and the liveness verdict is
    /// inconclusive with the reason that it was not requested.
    Features,
}

/// Minimum intervals, in presentation time, between the frames that each stage works on.
///
/// The first frame is always due. Features and PAD are sampled among the frames that are due for faces and
/// show the subject.
///
/// ```
/// use std::time::Duration;
///
/// use oz_core::analysis::{AnalysisRequest, Sampling};
///
/// // Ten frames per second of a video with 60.
/// let sampling = Sampling { faces_every: Duration::from_millis(100), ..Sampling::default() };
/// let request = AnalysisRequest { sampling, ..AnalysisRequest::default() };
/// # let _ = request;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Interval of detection, landmarks and quality. Zero, the default, takes every frame.
    pub faces_every: Duration,
    /// Interval of feature extraction, which tells whether the person stays the same. Default 500 ms.
    pub features_every: Duration,
    /// Interval of the PAD model and of texture analysis. Default 250 ms.
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

/// Progress of a running analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Frames decoded so far.
    pub frames: u64,
    /// Number of all frames, if the media states it.
    pub total: Option<u64>,
    /// Presentation time of the last frame.
    pub time: Duration,
}
