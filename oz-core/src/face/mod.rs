//! Faces: geometry, landmarks, pose, gestures, quality, features, comparison and presentation attack
//! detection.
//!
//! Invariants: positions are pixels of the upright image from its top-left corner; left and right are the
//! subject's own; angles are degrees; a higher comparison score means more similar; a higher PAD score means
//! more bona fide.

pub mod alignment;
mod blendshapes;
mod comparison;
mod detection;
mod features;
mod geometry;
pub mod gesture;
mod landmarks;
pub mod pad;
pub mod port;
mod pose;
pub mod quality;
pub mod template;

pub use alignment::{AlignmentTemplate, align};
pub use blendshapes::{Blendshape, Blendshapes};
pub use comparison::{
    Calibration, ComparisonDecision, ComparisonScore, OperatingPoint, Threshold, fmr_for_fpir,
};
pub use detection::{DetectedFace, FaceSample, LocatedFace};
pub use features::FeatureVector;
pub use geometry::{BoundingBox, Point, Point3, SimilarityTransform};
pub use landmarks::{FaceKeypoints, FaceMesh, FivePoints, mesh_index};
pub use pad::{PadCalibration, PadScore};
pub use pose::HeadPose;
pub use quality::{QualityComponent, QualityElement, QualityReport};
