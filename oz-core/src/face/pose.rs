//! Head pose.

use serde::{Deserialize, Serialize};

use super::{FaceMesh, Point3};

/// Rotation of the head in degrees; all zero for a face that looks straight into the camera.
///
/// Source of the signs: ISO/IEC 19794-5, 5.5.8, from the subject's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct HeadPose {
    /// Turn, -90..=90: positive when the subject looks to their left.
    pub yaw: f32,
    /// Nod, -90..=90: positive when the subject looks down. Contains an offset of some degrees that depends
    /// on the face and the height of the camera; compare it with the neutral pose of the same face.
    pub pitch: f32,
    /// Tilt, -180..=180: positive when the head leans to the subject's right shoulder.
    pub roll: f32,
}

/// Pairs of mesh points at equal height on both halves of the face: (subject's right, subject's left).
const ACROSS: [(usize, usize); 6] = [(33, 263), (133, 362), (61, 291), (234, 454), (127, 356), (58, 288)];
/// Pairs of mesh points on the midline: (upper, lower).
const DOWN: [(usize, usize); 3] = [(10, 152), (168, 164), (151, 199)];

impl HeadPose {
    /// Derives the pose from the three-dimensional mesh. The axes of the face are means over pairs of points.
    #[must_use]
    pub fn from_mesh(mesh: &FaceMesh) -> Self {
        let across = mean_direction(mesh, &ACROSS);
        let down = mean_direction(mesh, &DOWN);
        // Leaves the face through the nose; (0, 0, -1) for a face that looks straight into the camera.
        let forward = normalized(cross(down, across));

        let yaw = forward[0].atan2(-forward[2]);
        let pitch = forward[1].clamp(-1.0, 1.0).asin();
        let roll = across[1].atan2(across[0]);

        // The right of the image is the subject's left: turning left moves the nose to larger x. A head that
        // leans to the right shoulder has its left eye higher (smaller y), which `atan2` counts as negative.
        Self { yaw: yaw.to_degrees(), pitch: pitch.to_degrees(), roll: -roll.to_degrees() }
    }

    /// Largest absolute value of the three angles in degrees.
    #[must_use]
    pub fn largest(&self) -> f32 {
        self.yaw.abs().max(self.pitch.abs()).max(self.roll.abs())
    }
}

fn mean_direction(mesh: &FaceMesh, pairs: &[(usize, usize)]) -> [f32; 3] {
    let sum = pairs.iter().fold([0.0; 3], |sum, &(from, to)| {
        let step = difference(mesh.points[to], mesh.points[from]);
        [sum[0] + step[0], sum[1] + step[1], sum[2] + step[2]]
    });
    normalized(sum)
}

fn difference(a: Point3, b: Point3) -> [f32; 3] {
    [a.x - b.x, a.y - b.y, a.z - b.z]
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn normalized(v: [f32; 3]) -> [f32; 3] {
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    if length > 0.0 { [v[0] / length, v[1] / length, v[2] / length] } else { [0.0; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pose of a flat face: the pairs above in a plane, rotated in space and projected without perspective.
    fn turned(yaw: f32, pitch: f32, roll: f32) -> HeadPose {
        let mut points = Box::new([Point3::default(); FaceMesh::POINTS]);
        for (row, &(right, left)) in ACROSS.iter().enumerate() {
            points[right] = Point3 { x: -40.0, y: row as f32 * 10.0, z: 0.0 };
            points[left] = Point3 { x: 40.0, y: row as f32 * 10.0, z: 0.0 };
        }
        for &(upper, lower) in &DOWN {
            points[upper] = Point3 { x: 0.0, y: -50.0, z: 0.0 };
            points[lower] = Point3 { x: 0.0, y: 50.0, z: 0.0 };
        }
        let (sy, cy) = yaw.to_radians().sin_cos();
        let (sp, cp) = pitch.to_radians().sin_cos();
        let (sr, cr) = roll.to_radians().sin_cos();
        for p in points.iter_mut() {
            let (x, y, z) = (p.x, p.y, p.z);
            // Pitch about x (down positive), yaw about y (left positive), roll in the image (right shoulder
            // positive).
            let (y, z) = (y * cp - z * sp, y * sp + z * cp);
            let (x, z) = (x * cy - z * sy, x * sy + z * cy);
            (p.x, p.y, p.z) = (x * cr + y * sr, -x * sr + y * cr, z);
        }
        HeadPose::from_mesh(&FaceMesh { points, presence: 1.0, blendshapes: None })
    }

    fn check(yaw: f32, pitch: f32, roll: f32) {
        let pose = turned(yaw, pitch, roll);
        assert!((pose.yaw - yaw).abs() < 0.1, "{pose:?} for yaw {yaw}");
        assert!((pose.pitch - pitch).abs() < 0.1, "{pose:?} for pitch {pitch}");
        assert!((pose.roll - roll).abs() < 0.1, "{pose:?} for roll {roll}");
    }

    #[test]
    fn each_angle_is_recovered_with_its_sign() {
        check(0.0, 0.0, 0.0);
        check(30.0, 0.0, 0.0);
        check(-50.0, 0.0, 0.0);
        check(0.0, 20.0, 0.0);
        check(0.0, -20.0, 0.0);
        check(0.0, 0.0, 25.0);
        check(0.0, 0.0, -25.0);
    }
}
