//! Documents of faces.

use oz_core::analysis::ObservedFace;
use oz_core::face::{BoundingBox, FaceMesh, FivePoints, HeadPose, Point, QualityElement, QualityReport};
use serde::Serialize;

use super::rounded;

/// Face with position, pose, expression and quality.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FaceReport {
    /// Bounding box in pixels.
    #[serde(rename = "box")]
    pub bounding_box: BoundingBox,
    /// Score of the detector, 0..=1.
    pub score: f64,
    /// Probability that the region shows a face, by the mesh model, 0..=1.
    pub presence: f64,
    /// Eyes, nose tip, corners of the mouth.
    pub landmarks: FivePoints,
    /// The 478 points of the mesh, `[x, y, z]`, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<Vec<[f64; 3]>>,
    /// Head pose in degrees: yaw to the subject's left, pitch down, roll to the subject's right shoulder.
    pub pose: HeadPose,
    /// Expression, if the landmark models estimate it.
    pub expression: Option<ExpressionReport>,
    /// Quality for comparison.
    pub quality: QualityDetails,
}

/// Expression of a face.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ExpressionReport {
    /// Closure of both eyes, 0..=1.
    pub blink: f64,
    /// Strength of the smile, 0..=1.
    pub smile: f64,
    /// Opening of the jaw, 0..=1.
    pub jaw_open: f64,
    /// Direction of gaze: to the subject's left and upwards, each -1..=1.
    pub gaze: [f64; 2],
}

/// Quality of a face image with advice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct QualityDetails {
    /// Unified score, 0..=100.
    pub unified: u8,
    /// Advice for a better image, most urgent first.
    pub advice: Vec<String>,
    /// Quality components.
    pub components: Vec<QualityComponentReport>,
}

/// Quality component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct QualityComponentReport {
    /// Element of quality.
    pub element: QualityElement,
    /// Value, 0..=100.
    pub value: u8,
    /// Measured value in the unit of the element.
    pub raw: f64,
}

impl FaceReport {
    /// Document of a face. `with_mesh` includes its mesh points.
    #[must_use]
    pub(crate) fn new(observed: &ObservedFace, with_mesh: bool) -> Self {
        let face = &observed.face;
        let detected = face.detection.bounding_box;
        let (x, y) = (short(detected.x), short(detected.y));

        Self {
            bounding_box: BoundingBox::new(x, y, short(detected.width), short(detected.height)),
            score: rounded(face.detection.score, 4),
            presence: rounded(face.mesh.presence, 4),
            landmarks: short_points(face.five_points()),
            mesh: with_mesh.then(|| points_of(&face.mesh)),
            pose: HeadPose {
                yaw: short(face.pose.yaw),
                pitch: short(face.pose.pitch),
                roll: short(face.pose.roll),
            },
            expression: face.mesh.blendshapes.as_ref().map(|shapes| ExpressionReport {
                blink: rounded(shapes.blink(), 3),
                smile: rounded(shapes.smile(), 3),
                jaw_open: rounded(shapes.jaw_open(), 3),
                gaze: [rounded(shapes.gaze().0, 3), rounded(shapes.gaze().1, 3)],
            }),
            quality: QualityDetails::new(&observed.quality),
        }
    }
}

impl QualityDetails {
    fn new(report: &QualityReport) -> Self {
        Self {
            unified: report.unified,
            advice: report.advice().into_iter().map(str::to_owned).collect(),
            components: report
                .components
                .iter()
                .map(|c| QualityComponentReport {
                    element: c.element,
                    value: c.value,
                    raw: rounded(c.raw, 4),
                })
                .collect(),
        }
    }
}

fn points_of(mesh: &FaceMesh) -> Vec<[f64; 3]> {
    mesh.points.iter().map(|p| [rounded(p.x, 2), rounded(p.y, 2), rounded(p.z, 2)]).collect()
}

fn short_points(points: FivePoints) -> FivePoints {
    FivePoints::from_array(points.to_array().map(|p| Point::new(short(p.x), short(p.y))))
}

/// Rounds to hundredths of a pixel or degree, which is finer than the accuracy of the models.
fn short(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}
