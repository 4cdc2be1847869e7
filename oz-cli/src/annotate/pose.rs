//! Axes of the head pose.

use oz::core::face::{HeadPose, LocatedFace, Point, mesh_index};

use super::canvas::Canvas;
use super::face::with_halo;
use super::palette;
use super::shape::Shape;
use super::view::View;

/// Length of an axis, relative to the width of the face.
const LENGTH: f32 = 0.42;

/// Draws the axes of a face from the tip of its nose, the farthest from the camera first.
pub(super) fn draw(canvas: &mut Canvas, face: &LocatedFace, view: &View, stroke: f32) {
    let origin = view.point(face.mesh.point(mesh_index::NOSE_TIP));
    let length = LENGTH * face.detection.bounding_box.width * view.scale;

    let mut axes: Vec<_> = axes(face.pose).into_iter().zip(palette::AXES).collect();
    axes.sort_by(|a, b| b.0[2].total_cmp(&a.0[2]));
    for ([x, y, _], colour) in axes {
        let end = Point::new(origin.x + x * length, origin.y + y * length);
        let shapes = arrow(origin, end, 2.0 * stroke);
        with_halo(canvas, &shapes, colour, 1.0, 0.8 * stroke);
    }
}

/// Line with a head of two short lines. An arrow that points at the camera is a dot.
fn arrow(from: Point, to: Point, width: f32) -> Vec<Shape> {
    let length = from.distance(to);
    let line = Shape::Line { from, to, width };
    let head = 4.0 * width;
    if length < 2.0 * head {
        return vec![line, Shape::Disc { centre: to, radius: 1.2 * width }];
    }

    let (x, y) = ((to.x - from.x) / length * head, (to.y - from.y) / length * head);
    let side = |across: f32| Shape::Line {
        from: to,
        to: Point::new(to.x - x - across * y, to.y - y + across * x),
        width,
    };
    vec![line, side(0.6), side(-0.6)]
}

/// Unit vectors to the subject's left, up and forward. x points to the right of the image, y down, z away
/// from the camera.
fn axes(pose: HeadPose) -> [[f32; 3]; 3] {
    [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]].map(|axis| rotated(axis, pose))
}

/// Rotates by pitch about x, by yaw about y, then by roll in the image.
fn rotated([x, y, z]: [f32; 3], pose: HeadPose) -> [f32; 3] {
    let (sin, cos) = pose.pitch.to_radians().sin_cos();
    let (y, z) = (y * cos - z * sin, y * sin + z * cos);
    let (sin, cos) = pose.yaw.to_radians().sin_cos();
    let (x, z) = (x * cos - z * sin, x * sin + z * cos);
    let (sin, cos) = pose.roll.to_radians().sin_cos();
    [x * cos + y * sin, -x * sin + y * cos, z]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forward_axis_follows_the_look() {
        let forward = |yaw, pitch, roll| axes(HeadPose { yaw, pitch, roll })[2];
        let check = |found: [f32; 3], expected: [f32; 3]| {
            let is_close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01);
            assert!(is_close, "{found:?}, not {expected:?}");
        };
        check(forward(0.0, 0.0, 0.0), [0.0, 0.0, -1.0]);
        check(forward(90.0, 0.0, 0.0), [1.0, 0.0, 0.0]);
        check(forward(0.0, 90.0, 0.0), [0.0, 1.0, 0.0]);
        // A head that leans to its right shoulder has the left side up.
        check(axes(HeadPose { yaw: 0.0, pitch: 0.0, roll: 90.0 })[0], [0.0, -1.0, 0.0]);
    }
}
