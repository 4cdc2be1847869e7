//! The seams to whoever finds, describes and judges faces.
//!
//! The batch is the primitive: one face is a batch of one, and an empty batch gives an empty answer.

use std::fmt::Debug;

use super::{
    Calibration, DetectedFace, FaceMesh, FaceSample, FeatureVector, LocatedFace, PadScore, QualityReport,
};
use crate::Result;
use crate::inference::ModelId;
use crate::media::Image;

/// Finds faces.
pub trait FaceDetector: Debug + Send + Sync {
    /// The models in use.
    fn models(&self) -> Vec<ModelId>;

    /// All faces, largest first. An image without faces gives an empty list.
    ///
    /// # Errors
    /// `inference.failed`.
    fn detect(&self, image: &Image) -> Result<Vec<DetectedFace>>;
}

/// Finds the points of faces.
pub trait LandmarkEstimator: Debug + Send + Sync {
    /// The models in use.
    fn models(&self) -> Vec<ModelId>;

    /// One mesh for each face, in the order of `faces`. Whether there is a face at all is told by its presence.
    ///
    /// # Errors
    /// `inference.failed`, `analysis.degenerate_landmarks`.
    fn estimate(&self, image: &Image, faces: &[DetectedFace]) -> Result<Vec<FaceMesh>>;
}

/// Turns faces into vectors that lie close together for the same subject.
///
/// An extractor brings the face into the position that its model needs by itself, so that extractors with different
/// templates can be joined behind this port.
pub trait FeatureExtractor: Debug + Send + Sync {
    /// Name of the vectors' space: equal names, comparable vectors.
    fn model(&self) -> &ModelId;

    /// The models in use; several for a fused extractor.
    fn models(&self) -> Vec<ModelId> {
        vec![self.model().clone()]
    }

    /// How similarity becomes a score.
    fn calibration(&self) -> &Calibration;

    /// One vector for each face, in order.
    ///
    /// # Errors
    /// `inference.failed`, `analysis.degenerate_landmarks`.
    fn extract(&self, faces: &[FaceSample<'_>]) -> Result<Vec<FeatureVector>>;
}

/// Tells live faces from pictures of faces, by one frame.
pub trait PadDetector: Debug + Send + Sync {
    /// The models in use.
    fn models(&self) -> Vec<ModelId>;

    /// One score for each face, in order; higher is more bona fide.
    ///
    /// # Errors
    /// `inference.failed`.
    fn score(&self, faces: &[FaceSample<'_>]) -> Result<Vec<PadScore>>;
}

/// Judges how good face images are.
pub trait QualityAssessor: Debug + Send + Sync {
    /// One report for each face of the image, in order. `faces` are all the faces in it.
    ///
    /// # Errors
    /// `analysis.degenerate_landmarks`.
    fn assess(&self, image: &Image, faces: &[LocatedFace]) -> Result<Vec<QualityReport>>;
}
