//! One face as plain data.

use oz_core::analysis::ObservedFace;
use oz_core::face::{BoundingBox, FaceMesh, FivePoints, HeadPose, Point, QualityElement, QualityReport};
use serde::Serialize;

use super::rounded;

/// A face with its place, pose, expression and quality.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FaceReport {
    /// Where it is.
    #[serde(rename = "box")]
    pub bounding_box: BoundingBox,
    /// How sure the detector is, 0..=1.
    pub score: f64,
    /// How sure the mesh model is that this is a face, 0..=1.
    pub presence: f64,
    /// Eyes, nose tip, corners of the mouth.
    pub landmarks: FivePoints,
    /// The 478 points of the mesh, `[x, y, z]`, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<Vec<[f64; 3]>>,
    /// Head pose in degrees: yaw to the subject's left, pitch down, roll to the subject's right shoulder.
    pub pose: HeadPose,
    /// Expression, when the landmark models tell it.
    pub expression: Option<ExpressionReport>,
    /// How good the picture is for comparison.
    pub quality: QualityDetails,
}

/// The expression of a face; all but the gaze 0..=1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ExpressionReport {
    /// How closed both eyes are.
    pub blink: f64,
    /// How much the mouth smiles.
    pub smile: f64,
    /// How far the jaw is open.
    pub jaw_open: f64,
    /// Where the eyes look: to the subject's left and upwards, each -1..=1.
    pub gaze: [f64; 2],
}

/// A quality report with its advice in order of urgency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct QualityDetails {
    /// Unified score, 0..=100.
    pub unified: u8,
    /// What to do better, most urgent first.
    pub advice: Vec<String>,
    /// Every component.
    pub components: Vec<QualityComponentReport>,
}

/// One component of quality.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct QualityComponentReport {
    /// What is judged.
    pub element: QualityElement,
    /// 0..=100.
    pub value: u8,
    /// What was measured, in the unit of the element.
    pub raw: f64,
}

impl FaceReport {
    /// Describes a face; `with_mesh` includes all its points.
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

/// Hundredths of a pixel or degree are all that the models can tell.
fn short(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}
