//! Ports of the models that detect and describe faces.
//!
//! All methods work on batches: a single face is a batch of one, and an empty batch gives an empty result.

use std::fmt::Debug;

use super::{
    Calibration, DetectedFace, FaceMesh, FaceSample, FeatureVector, LocatedFace, PadScore, QualityReport,
};
use crate::Result;
use crate::inference::ModelId;
use crate::media::Image;

/// Face detector.
pub trait FaceDetector: Debug + Send + Sync {
    /// IDs of the models in use.
    fn models(&self) -> Vec<ModelId>;

    /// Detects all faces, largest first. An image without a face gives an empty list.
    ///
    /// # Errors
    /// `inference.failed`.
    fn detect(&self, image: &Image) -> Result<Vec<DetectedFace>>;
}

/// Estimator of face meshes.
pub trait LandmarkEstimator: Debug + Send + Sync {
    /// IDs of the models in use.
    fn models(&self) -> Vec<ModelId>;

    /// Estimates one mesh per face, in the order of `faces`. [`FaceMesh::presence`] says whether there is a
    /// face at all.
    ///
    /// # Errors
    /// `inference.failed`, `analysis.degenerate_landmarks`.
    fn estimate(&self, image: &Image, faces: &[DetectedFace]) -> Result<Vec<FaceMesh>>;
}

/// Feature extractor: maps faces to vectors that are close to each other for the same subject.
///
/// An extractor aligns the face itself, so that extractors with different alignment templates can be fused
/// behind this port.
pub trait FeatureExtractor: Debug + Send + Sync {
    /// ID of the feature space: vectors with equal IDs are comparable.
    fn model(&self) -> &ModelId;

    /// IDs of the models in use; several for a fused extractor.
    fn models(&self) -> Vec<ModelId> {
        vec![self.model().clone()]
    }

    /// Calibration from similarity to score.
    fn calibration(&self) -> &Calibration;

    /// Extracts one vector per face, in order.
    ///
    /// # Errors
    /// `inference.failed`, `analysis.degenerate_landmarks`.
    fn extract(&self, faces: &[FaceSample<'_>]) -> Result<Vec<FeatureVector>>;
}

/// PAD model for single frames.
pub trait PadDetector: Debug + Send + Sync {
    /// IDs of the models in use.
    fn models(&self) -> Vec<ModelId>;

    /// Scores each face, in order; higher is more bona fide.
    ///
    /// # Errors
    /// `inference.failed`.
    fn score(&self, faces: &[FaceSample<'_>]) -> Result<Vec<PadScore>>;
}

/// Assessor of face image quality.
pub trait QualityAssessor: Debug + Send + Sync {
    /// Assesses each face, in order. `faces` must be all faces of the image, as their number is assessed,
    /// too.
    ///
    /// # Errors
    /// `analysis.degenerate_landmarks`.
    fn assess(&self, image: &Image, faces: &[LocatedFace]) -> Result<Vec<QualityReport>>;
}
