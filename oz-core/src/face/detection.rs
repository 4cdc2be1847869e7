//! Detected and located faces.

use serde::{Deserialize, Serialize};

use super::{BoundingBox, FaceKeypoints, FaceMesh, FivePoints, HeadPose};
use crate::media::Image;

/// Face as found by a detector.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DetectedFace {
    /// Box from brow to chin and ear to ear in pixels; may reach beyond the image.
    pub bounding_box: BoundingBox,
    /// Confidence of the detector, 0..=1.
    pub score: f32,
    /// Eyes, nose and mouth in pixels.
    pub keypoints: FaceKeypoints,
}

/// Face with mesh and pose.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LocatedFace {
    /// Result of the detector.
    pub detection: DetectedFace,
    /// Mesh in pixels of the same image.
    pub mesh: FaceMesh,
    /// Head pose in degrees.
    pub pose: HeadPose,
}

impl LocatedFace {
    /// Joins a detection with its mesh and derives the pose.
    #[must_use]
    pub fn new(detection: DetectedFace, mesh: FaceMesh) -> Self {
        let pose = HeadPose::from_mesh(&mesh);
        Self { detection, mesh, pose }
    }

    /// Points for alignment, in pixels.
    #[must_use]
    pub fn five_points(&self) -> FivePoints {
        self.mesh.five_points()
    }
}

/// Face together with the image that it was found in: the input of extractors and PAD models.
#[derive(Debug, Clone, Copy)]
pub struct FaceSample<'a> {
    /// The whole upright image.
    pub image: &'a Image,
    /// Face in pixels of `image`.
    pub face: &'a LocatedFace,
}
