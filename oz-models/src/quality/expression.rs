//! Openness of eyes and mouth.

use oz_core::face::{Blendshapes, FaceMesh, LocatedFace, mesh_index};

use super::{Measure, response};

/// Largest yaw in degrees at which blink coefficients are used. They are unreliable on turned heads: an open
/// eye at 45 degrees has 0.44.
const BLINK_MAX_YAW: f32 = 25.0;

/// Mesh indices of the corners of an eye and of pairs of points on its upper and lower lid.
struct Eye {
    corners: [usize; 2],
    lids: [[usize; 2]; 3],
}

const RIGHT: Eye = Eye {
    corners: [mesh_index::RIGHT_EYE_OUTER, mesh_index::RIGHT_EYE_INNER],
    lids: [[160, 144], [mesh_index::RIGHT_EYE_UPPER, mesh_index::RIGHT_EYE_LOWER], [158, 153]],
};
const LEFT: Eye = Eye {
    corners: [mesh_index::LEFT_EYE_OUTER, mesh_index::LEFT_EYE_INNER],
    lids: [[387, 373], [mesh_index::LEFT_EYE_UPPER, mesh_index::LEFT_EYE_LOWER], [385, 380]],
};

/// Openness of the less open eye.
///
/// Source: after Soukupová and Čech 2016, Real-time eye blink detection using facial landmarks, eq. 1.
pub(super) fn eyes_open(face: &LocatedFace) -> Measure {
    let raw = opening(&face.mesh, &RIGHT).min(opening(&face.mesh, &LEFT));

    let by_lids = response::EYES.value(raw);
    let blendshapes = face.mesh.blendshapes.as_ref().filter(|_| face.pose.yaw.abs() < BLINK_MAX_YAW);
    let by_blink = blendshapes.map_or(100.0, |shapes| response::BLINK.value(strongest_blink(shapes)));
    Measure { raw, value: by_lids.min(by_blink) }
}

fn opening(mesh: &FaceMesh, eye: &Eye) -> f32 {
    let lids: f32 = eye.lids.iter().map(|[upper, lower]| distance(mesh, *upper, *lower)).sum();
    lids / 3.0 / distance(mesh, eye.corners[0], eye.corners[1]).max(1e-3)
}

fn strongest_blink(shapes: &Blendshapes) -> f32 {
    use oz_core::face::Blendshape::{EyeBlinkLeft, EyeBlinkRight};
    shapes.value(EyeBlinkLeft).max(shapes.value(EyeBlinkRight))
}

/// Distance of the lips, relative to the distance from the midpoint of the eyes to the chin.
///
/// Source: ISO/IEC 29794-5, mouth closed.
pub(super) fn mouth_closed(face: &LocatedFace) -> Measure {
    let lips = distance(&face.mesh, mesh_index::LIP_UPPER_INNER, mesh_index::LIP_LOWER_INNER);
    let eyes = face.five_points();
    let height = eyes.right_eye.midpoint(eyes.left_eye).distance(face.mesh.point(mesh_index::CHIN));
    let raw = lips / height.max(1e-3);
    Measure { raw, value: response::MOUTH.value(raw) }
}

/// Distance in three dimensions, which a turned head does not shorten.
fn distance(mesh: &FaceMesh, one: usize, other: usize) -> f32 {
    let (a, b) = (mesh.points[one], mesh.points[other]);
    (a.x - b.x).hypot(a.y - b.y).hypot(a.z - b.z)
}
