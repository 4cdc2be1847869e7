//! Detection of cuts between two recordings.
//!
//! At a cut the face jumps further than its movement before and after predicts, and the whole picture changes
//! more than it does between the surrounding frames. In eight recordings without a cut no frame exceeds a
//! ratio of 1.4 in both; each ratio alone reaches 5 (an unstable mesh on a turned face; a lamp or gain that
//! changes).

use std::time::Duration;

use crate::analysis::FrameObservation;
use crate::face::{FaceMesh, Point, mesh_index};

/// Minimum jump of the face, in heights of the face.
const FACE_JUMP: f32 = 0.08;
/// Minimum ratio of the face's jump to its movement in the surrounding frames.
const FACE_RATIO: f32 = 2.5;
/// Minimum ratio of the picture's change to its change in the surrounding frames.
const PICTURE_RATIO: f32 = 2.5;
/// Movement, in heights of the face, and change, 0..=255, that are added to the denominators: they are always
/// present, so that a resting face has a finite ratio.
const FACE_REST: f32 = 0.01;
const PICTURE_REST: f32 = 0.3;
/// Number of surrounding frames on each side.
const AROUND: usize = 8;
/// Multiple of the median frame interval from which a pause explains a jump.
const PAUSE: u32 = 3;

/// Mesh points that locate the head in any pose; 168 is the bridge of the nose.
const POINTS: [usize; 6] = [
    mesh_index::NOSE_TIP,
    mesh_index::FOREHEAD,
    mesh_index::CHIN,
    mesh_index::RIGHT_EYE_OUTER,
    mesh_index::LEFT_EYE_OUTER,
    168,
];

/// Time of the first frame after a cut.
pub(super) fn find(frames: &[FrameObservation]) -> Option<Duration> {
    let changes: Vec<f32> =
        frames.windows(2).map(|pair| pair[0].thumbnail.difference(&pair[1].thumbnail)).collect();
    let pauses: Vec<Duration> =
        frames.windows(2).map(|pair| pair[1].time.saturating_sub(pair[0].time)).collect();
    let usual_pause = median(pauses.iter().map(Duration::as_secs_f32).collect());

    (0..changes.len())
        .find(|&index| {
            pauses[index].as_secs_f32() <= usual_pause * PAUSE as f32
                && picture_ratio(&changes, index) >= PICTURE_RATIO
                && face_jumps(frames, index)
        })
        .map(|index| frames[index + 1].time)
}

/// Ratio of one change of the picture to the third quartile of the surrounding changes.
fn picture_ratio(changes: &[f32], index: usize) -> f32 {
    let around = changes[index.saturating_sub(AROUND)..index]
        .iter()
        .chain(&changes[index + 1..(index + 1 + AROUND).min(changes.len())]);
    let mut around: Vec<f32> = around.copied().collect();

    around.sort_by(f32::total_cmp);
    let usual = around.get(around.len() * 3 / 4).copied().unwrap_or(f32::MAX);
    changes[index] / (usual + PICTURE_REST)
}

/// Whether the face moves between frames `index` and `index + 1` in a way that the steps before and after do
/// not predict.
fn face_jumps(frames: &[FrameObservation], index: usize) -> bool {
    let mesh = |at: usize| frames.get(at).and_then(FrameObservation::subject).map(|face| &face.face.mesh);
    let before = index.checked_sub(1).and_then(mesh);
    let (Some(here), Some(next), after) = (mesh(index), mesh(index + 1), mesh(index + 2)) else {
        return false;
    };

    let height = here.bounding_box().height.max(1.0);
    let (mut jump, mut steps) = (0.0, 0.0);
    for point in POINTS {
        let step_before = before.map_or(Point::default(), |before| step(before, here, point));
        let step_after = after.map_or(Point::default(), |after| step(next, after, point));
        jump += step(here, next, point).distance(step_before.midpoint(step_after));
        steps += (length(step_before) + length(step_after)) / 2.0;
    }

    let scale = height * POINTS.len() as f32;
    let (jump, steps) = (jump / scale, steps / scale);
    jump >= FACE_JUMP && jump / (steps + FACE_REST) >= FACE_RATIO
}

fn step(from: &FaceMesh, to: &FaceMesh, point: usize) -> Point {
    let (a, b) = (from.point(point), to.point(point));
    Point::new(b.x - a.x, b.y - a.y)
}

fn length(step: Point) -> f32 {
    step.x.hypot(step.y)
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::pictures;
    use super::*;
    use crate::analysis::ObservedFace;
    use crate::face::{BoundingBox, DetectedFace, FaceKeypoints, LocatedFace, Point3, QualityReport};
    use crate::media::Image;

    /// A face of 100 px whose left edge is at `left`.
    fn face(left: f32) -> ObservedFace {
        let mut points = Box::new([Point3::default(); FaceMesh::POINTS]);
        for (index, point) in points.iter_mut().enumerate() {
            let (u, v) = ((index * 37 % 101) as f32, (index * 61 % 101) as f32);
            *point = Point3 { x: left + u, y: 50.0 + v, z: 0.0 };
        }
        let eye = Point::new(left, 60.0);
        let keypoints = FaceKeypoints { right_eye: eye, left_eye: eye, nose: eye, mouth: eye };
        let bounding_box = BoundingBox::new(left, 50.0, 101.0, 101.0);
        let mesh = FaceMesh { points, presence: 1.0, blendshapes: None };
        let face = LocatedFace::new(DetectedFace { bounding_box, score: 1.0, keypoints }, mesh);
        ObservedFace { face, quality: QualityReport::from_components(Vec::new()) }
    }

    /// Thirty frames with the given left edge of the face and brightness of the picture.
    fn recording(left: impl Fn(u64) -> f32, bright: impl Fn(u64) -> u8) -> Vec<FrameObservation> {
        let mut frames =
            pictures(30, |n| Image::from_fn(32, 32, |x, _| [bright(n) + (x + n as u32) as u8 % 7; 3]));
        for (n, frame) in frames.iter_mut().enumerate() {
            frame.faces = vec![face(left(n as u64))];
            frame.subject = Some(0);
        }
        frames
    }

    #[test]
    fn cut_moves_face_and_picture_at_once() {
        let cut = recording(|n| if n < 14 { n as f32 } else { 60.0 }, |n| if n < 14 { 90 } else { 120 });
        assert_eq!(find(&cut), Some(Duration::from_millis(1_400)));
    }

    #[test]
    fn fast_head_or_lamp_is_no_cut() {
        let fast = |n: u64| 40.0 * (n as f32 * 0.9).sin();
        assert_eq!(find(&recording(fast, |_| 90)), None);
        assert_eq!(find(&recording(|n| n as f32, |n| if n < 14 { 90 } else { 140 })), None);
        assert_eq!(find(&recording(|n| if n == 14 { 40.0 } else { 10.0 }, |_| 90)), None, "one wrong mesh");
    }

    #[test]
    fn pause_explains_a_jump() {
        let mut paused =
            recording(|n| if n < 14 { n as f32 } else { 60.0 }, |n| if n < 14 { 90 } else { 120 });
        for frame in &mut paused[14..] {
            frame.time += Duration::from_secs(1);
        }
        assert_eq!(find(&paused), None);
    }
}
