//! Landmarks: the keypoints of detectors, the mesh, and the five points for alignment.

use serde::{Deserialize, Serialize, Serializer};

use super::{Blendshapes, BoundingBox, Point, Point3};

/// Keypoints of a face detector, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FaceKeypoints {
    /// Centre of the subject's right eye (left in the image).
    pub right_eye: Point,
    /// Centre of the subject's left eye.
    pub left_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// Middle of the mouth.
    pub mouth: Point,
}

/// Five points on which recognition models are aligned, in pixels: eye centres, nose tip and mouth corners.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FivePoints {
    /// Centre of the subject's right eye (left in the image).
    pub right_eye: Point,
    /// Centre of the subject's left eye.
    pub left_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// The subject's right corner of the mouth.
    pub mouth_right: Point,
    /// The subject's left corner of the mouth.
    pub mouth_left: Point,
}

impl FivePoints {
    /// Points in the order of alignment templates: right eye, left eye, nose, right and left mouth corner.
    #[must_use]
    pub fn to_array(self) -> [Point; 5] {
        [self.right_eye, self.left_eye, self.nose, self.mouth_right, self.mouth_left]
    }

    /// Inverse of [`FivePoints::to_array`].
    #[must_use]
    pub fn from_array([right_eye, left_eye, nose, mouth_right, mouth_left]: [Point; 5]) -> Self {
        Self { right_eye, left_eye, nose, mouth_right, mouth_left }
    }

    /// Points of the same face in an image mirrored left to right. `image_width` is in pixels.
    #[must_use]
    pub fn mirrored(self, image_width: u32) -> Self {
        let flip = |p: Point| Point::new(image_width as f32 - 1.0 - p.x, p.y);
        Self {
            right_eye: flip(self.left_eye),
            left_eye: flip(self.right_eye),
            nose: flip(self.nose),
            mouth_right: flip(self.mouth_left),
            mouth_left: flip(self.mouth_right),
        }
    }

    /// Distance between the eye centres in pixels.
    #[must_use]
    pub fn inter_eye_distance(&self) -> f32 {
        self.right_eye.distance(self.left_eye)
    }
}

/// Indices of mesh points with an anatomical meaning. Left and right are the subject's.
///
/// Source: MediaPipe `face_mesh_connections.py`, 0.10.21.
#[allow(missing_docs, reason = "the names say which point it is")]
pub mod mesh_index {
    pub const NOSE_TIP: usize = 1;
    pub const FOREHEAD: usize = 10;
    pub const CHIN: usize = 152;
    pub const LIP_UPPER_INNER: usize = 13;
    pub const LIP_LOWER_INNER: usize = 14;
    pub const MOUTH_RIGHT: usize = 61;
    pub const MOUTH_LEFT: usize = 291;
    pub const RIGHT_EYE_OUTER: usize = 33;
    pub const RIGHT_EYE_INNER: usize = 133;
    pub const RIGHT_EYE_UPPER: usize = 159;
    pub const RIGHT_EYE_LOWER: usize = 145;
    pub const LEFT_EYE_OUTER: usize = 263;
    pub const LEFT_EYE_INNER: usize = 362;
    pub const LEFT_EYE_UPPER: usize = 386;
    pub const LEFT_EYE_LOWER: usize = 374;
    pub const RIGHT_CHEEK_EDGE: usize = 234;
    pub const LEFT_CHEEK_EDGE: usize = 454;
    pub const RIGHT_IRIS: usize = 468;
    pub const LEFT_IRIS: usize = 473;
    /// Outline of the face, clockwise in the image from the forehead.
    pub const OVAL: [usize; 36] = [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148,
        176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ];
}

/// Serialises an array of any length; serde itself does so up to 32.
pub(super) fn as_sequence<T: Serialize, S: Serializer, const N: usize>(
    values: &[T; N],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    values.as_slice().serialize(serializer)
}

/// Mesh of 478 points: 468 on the surface of the face, then five on each iris (right, left). Indices are
/// those of MediaPipe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaceMesh {
    /// Points in pixels. Depth has the same unit, is 0 at the middle of the head and grows away from the
    /// camera.
    #[serde(serialize_with = "as_sequence")]
    pub points: Box<[Point3; FaceMesh::POINTS]>,
    /// Confidence of the model that there is a face, 0..=1.
    pub presence: f32,
    /// Expression, if the estimator supports it.
    pub blendshapes: Option<Blendshapes>,
}

impl FaceMesh {
    /// Number of points.
    pub const POINTS: usize = 478;

    /// Position of one point in the image.
    ///
    /// # Panics
    /// When `index` is not below [`FaceMesh::POINTS`].
    #[must_use]
    pub fn point(&self, index: usize) -> Point {
        self.points[index].flat()
    }

    /// Points for alignment; the iris centres are taken as eye centres.
    #[must_use]
    pub fn five_points(&self) -> FivePoints {
        FivePoints {
            right_eye: self.point(mesh_index::RIGHT_IRIS),
            left_eye: self.point(mesh_index::LEFT_IRIS),
            nose: self.point(mesh_index::NOSE_TIP),
            mouth_right: self.point(mesh_index::MOUTH_RIGHT),
            mouth_left: self.point(mesh_index::MOUTH_LEFT),
        }
    }

    /// Smallest box around all points.
    #[must_use]
    pub fn bounding_box(&self) -> BoundingBox {
        BoundingBox::around(self.points.iter().map(|p| p.flat())).expect("a mesh is not empty")
    }

    /// Outline of the face, clockwise in the image from the forehead.
    pub fn oval(&self) -> impl Iterator<Item = Point> {
        mesh_index::OVAL.iter().map(|&index| self.point(index))
    }
}
