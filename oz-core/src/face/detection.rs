//! A face in an image, from first guess to full description.

use serde::{Deserialize, Serialize};

use super::{BoundingBox, FaceKeypoints, FaceMesh, FivePoints, HeadPose};
use crate::media::Image;

/// A face as a detector finds it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DetectedFace {
    /// From brow to chin, ear to ear; may reach beyond the image.
    pub bounding_box: BoundingBox,
    /// How sure the detector is, 0..=1.
    pub score: f32,
    /// Eyes, nose, mouth.
    pub keypoints: FaceKeypoints,
}

/// A face with its mesh and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct LocatedFace {
    /// The detector's answer.
    pub detection: DetectedFace,
    /// The mesh, in pixels of the same image.
    pub mesh: FaceMesh,
    /// Head pose in degrees.
    pub pose: HeadPose,
}

impl LocatedFace {
    /// Joins a detection with its mesh.
    #[must_use]
    pub fn new(detection: DetectedFace, mesh: FaceMesh) -> Self {
        let pose = HeadPose::from_mesh(&mesh);
        Self { detection, mesh, pose }
    }

    /// The points that recognition aligns on, in pixels.
    #[must_use]
    pub fn five_points(&self) -> FivePoints {
        self.mesh.five_points()
    }
}

/// One face in the picture that it was found in: what extractors, PAD and quality work on.
#[derive(Debug, Clone, Copy)]
pub struct FaceSample<'a> {
    /// The whole upright picture.
    pub image: &'a Image,
    /// The face, in pixels of `image`.
    pub face: &'a LocatedFace,
}
