//! Whether the face moves like a solid head or like a picture of one.
//!
//! When a flat picture is turned, its points move by a homography: a plane stays a plane. When a head turns, nose and
//! cheeks shift against each other. Two questions follow, both asked of the rigid points of the face:
//!
//! - Does the face become narrow or low while it goes on looking into the camera? The mesh model sees the face on a turned
//!   picture as one that faces the camera, only squeezed; a head cannot be squeezed.
//! - When the head is seen to turn, how much of the movement is left over by the best homography?
//!
//! Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed., section 4.1 (DLT), 13.1 (planes).

use super::Presentation;
use crate::analysis::ObservedFace;
use crate::face::pad::{PadEvidence, PadLayer};
use crate::face::{FaceMesh, Point};

/// Points on bone and cartilage: brow ridge, nose, cheekbones, temples. Lips, lids and jaw move by themselves.
const RIGID: [usize; 30] = [
    1, 4, 5, 6, 197, 195, 168, 8, 9, 151, 10, 98, 327, 48, 278, 33, 133, 362, 263, 127, 356, 234, 454, 116,
    345, 50, 280, 109, 338, 54,
];
/// Turned by less than this, in degrees, neither head nor picture shows parallax.
const MIN_TURN: f32 = 10.0;
/// From this turn on the layer is as sure as it gets.
const FULL_TURN: f32 = 22.0;
/// Number of frames, turned furthest, whose remainders are averaged.
const TURNED_FRAMES: usize = 5;
/// Remainder over the distance of the eyes, for each unit of the sine of the turn: a picture stays below, a head above.
/// Chosen between flat portraits turned in space by tests and live heads.
const FLAT: f32 = 0.035;
const SOLID: f32 = 0.08;

/// Frames whose poses differ by less than this, in degrees, should show the face in the same shape.
const SAME_POSE: f32 = 8.0;
/// Squeezed by up to this factor, a face is as steady as a mesh can be; from the other on it is a picture. Live heads that
/// nod and turn within the same pose reached 1.13; a picture turned by 35 degrees has 1.22.
const STEADY: f32 = 1.12;
const SQUEEZED: f32 = 1.22;
/// Number of frames that must be squeezed: one may be blurred.
const SQUEEZED_FRAMES: usize = 3;

pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let evidence = |score, confidence, reason: String| PadEvidence {
        layer: PadLayer::Motion,
        score,
        confidence,
        reason,
    };
    let faces: Vec<_> = presentation.recording.subjects().map(|(_, subject)| subject).collect();
    let squeeze = squeeze(&faces);
    let flatness = ((squeeze - STEADY) / (SQUEEZED - STEADY)).clamp(0.0, 1.0);
    if flatness > 0.5 {
        let percent = (squeeze - 1.0) * 100.0;
        let reason = format!("the face is squeezed by {percent:.0} % without turning, like a picture of one");
        return evidence(0.5 - 0.45 * flatness, 0.5 + 0.4 * flatness, reason);
    }
    let Some(parallax) = parallax(&faces) else {
        return evidence(0.5, 0.0, "the head turned too little to show its depth".into());
    };
    let solidity = ((parallax.ratio - FLAT) / (SOLID - FLAT)).clamp(0.0, 1.0);
    let confidence = ((parallax.turn - MIN_TURN) / (FULL_TURN - MIN_TURN)).clamp(0.1, 1.0);
    let turn = parallax.turn;
    if solidity < 0.5 {
        return evidence(
            0.1 + 0.8 * solidity,
            confidence,
            format!("turned by {turn:.0} degrees, the face stays flat"),
        );
    }
    // A replayed recording of a head is solid too: what speaks against a photo is no proof of life.
    evidence(
        0.4 + 0.3 * solidity,
        0.5 * confidence,
        format!("turned by {turn:.0} degrees, the face shows depth"),
    )
}

/// How much the face is squeezed in the frame that is third in this respect, against the most frontal frame, among
/// frames of the same pose: the ratio of the largest to the smallest change of length, at least 1.
fn squeeze(faces: &[&ObservedFace]) -> f32 {
    let turn = |face: &&&ObservedFace| face.face.pose.yaw.hypot(face.face.pose.pitch);
    let Some(frontal) = faces.iter().min_by(|a, b| turn(a).total_cmp(&turn(b))) else { return 1.0 };
    let reference = RIGID.map(|index| frontal.face.mesh.point(index));
    let mut ratios: Vec<f32> = faces
        .iter()
        .filter(|face| {
            let (yaw, pitch) =
                (face.face.pose.yaw - frontal.face.pose.yaw, face.face.pose.pitch - frontal.face.pose.pitch);
            yaw.hypot(pitch) < SAME_POSE
        })
        .filter_map(|face| Homography::fit(&reference, &RIGID.map(|index| face.face.mesh.point(index))))
        .map(|homography| homography.anisotropy())
        .collect();
    ratios.sort_by(|a, b| b.total_cmp(a));
    ratios.get(SQUEEZED_FRAMES - 1).copied().unwrap_or(1.0)
}

struct Parallax {
    /// Mean turn of the frames looked at, degrees from the frontal one.
    turn: f32,
    /// What no homography explains, over eye distance and sine of the turn.
    ratio: f32,
}

fn parallax(faces: &[&ObservedFace]) -> Option<Parallax> {
    let frontal = faces.iter().min_by(|a, b| a.face.pose.yaw.abs().total_cmp(&b.face.pose.yaw.abs()))?;
    let turn_of = |face: &ObservedFace| {
        let (yaw, pitch) =
            (face.face.pose.yaw - frontal.face.pose.yaw, face.face.pose.pitch - frontal.face.pose.pitch);
        yaw.hypot(pitch)
    };
    let mut turned: Vec<_> = faces
        .iter()
        .map(|face| (turn_of(face), *face))
        .filter(|(turn, _)| (MIN_TURN..60.0).contains(turn))
        .collect();
    turned.sort_by(|a, b| b.0.total_cmp(&a.0));
    turned.truncate(TURNED_FRAMES);
    if turned.is_empty() {
        return None;
    }
    let count = turned.len() as f32;
    let turn = turned.iter().map(|(turn, _)| turn).sum::<f32>() / count;
    let ratios: Vec<f32> = turned
        .iter()
        .filter_map(|(turn, face)| {
            Some(remainder(&frontal.face.mesh, &face.face.mesh)? / turn.to_radians().sin())
        })
        .collect();
    let ratio = ratios.iter().sum::<f32>() / ratios.len().max(1) as f32;
    (!ratios.is_empty()).then_some(Parallax { turn, ratio })
}

/// Root mean square distance, over the distance of the eyes in `from`, between the rigid points of `from` and those of
/// `to` mapped back by the best homography.
fn remainder(from: &FaceMesh, to: &FaceMesh) -> Option<f32> {
    let rigid = |mesh: &FaceMesh| RIGID.map(|index| mesh.point(index));
    let (source, target) = (rigid(to), rigid(from));
    let homography = Homography::fit(&source, &target)?;
    let squares: f32 =
        source.iter().zip(&target).map(|(s, t)| homography.apply(*s).distance(*t).powi(2)).sum::<f32>();
    let eyes = from.five_points().inter_eye_distance();
    (eyes > 1.0).then(|| (squares / RIGID.len() as f32).sqrt() / eyes)
}

/// A map between planes, `[h0 h1 h2; h3 h4 h5; h6 h7 1]` on coordinates shifted and scaled to order 1.
struct Homography {
    h: [f64; 8],
    source: Frame,
    target: Frame,
}

/// Shift and scale that bring points to order 1, for the sake of the equations' condition.
#[derive(Clone, Copy)]
struct Frame {
    center: (f64, f64),
    scale: f64,
}

impl Frame {
    fn of(points: &[Point]) -> Self {
        let count = points.len() as f64;
        let sum = points.iter().fold((0.0, 0.0), |(x, y), p| (x + f64::from(p.x), y + f64::from(p.y)));
        let center = (sum.0 / count, sum.1 / count);
        let spread: f64 =
            points.iter().map(|p| (f64::from(p.x) - center.0).hypot(f64::from(p.y) - center.1)).sum::<f64>()
                / count;
        Self { center, scale: spread.max(1e-6) }
    }

    fn enter(self, p: Point) -> (f64, f64) {
        ((f64::from(p.x) - self.center.0) / self.scale, (f64::from(p.y) - self.center.1) / self.scale)
    }

    fn leave(self, (x, y): (f64, f64)) -> Point {
        Point::new((x * self.scale + self.center.0) as f32, (y * self.scale + self.center.1) as f32)
    }
}

impl Homography {
    /// The homography that maps `from` onto `to` with the least algebraic error; `None` for degenerate points.
    fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        let (source, target) = (Frame::of(from), Frame::of(to));
        let mut normal = [[0.0; 9]; 8];
        for (p, q) in from.iter().zip(to) {
            let ((x, y), (u, v)) = (source.enter(*p), target.enter(*q));
            accumulate(&mut normal, [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u);
            accumulate(&mut normal, [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v);
        }
        solve(normal).map(|h| Self { h, source, target })
    }

    /// Ratio of the largest to the smallest change of length in the middle of the points, at least 1.
    fn anisotropy(&self) -> f32 {
        let h = &self.h;
        // The derivative of the map at the middle, (0, 0), and the closed form of the singular values of a 2 x 2 matrix.
        let (a, b) = (h[0] - h[2] * h[6], h[1] - h[2] * h[7]);
        let (c, d) = (h[3] - h[5] * h[6], h[4] - h[5] * h[7]);
        let (sum, difference) = ((a + d).hypot(c - b), (a - d).hypot(b + c));
        ((sum + difference) / (sum - difference).abs().max(1e-9)) as f32
    }

    fn apply(&self, p: Point) -> Point {
        let h = &self.h;
        let (x, y) = self.source.enter(p);
        let w = h[6] * x + h[7] * y + 1.0;
        self.target.leave(((h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w))
    }
}

/// Adds one equation `row . h = value` to the normal equations.
fn accumulate(normal: &mut [[f64; 9]; 8], row: [f64; 8], value: f64) {
    for (i, line) in normal.iter_mut().enumerate() {
        for (j, cell) in line[..8].iter_mut().enumerate() {
            *cell += row[i] * row[j];
        }
        line[8] += row[i] * value;
    }
}

/// Gaussian elimination with partial pivoting; `None` for a singular system.
fn solve(mut system: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot =
            (column..8).max_by(|&a, &b| system[a][column].abs().total_cmp(&system[b][column].abs()))?;
        system.swap(column, pivot);
        if system[column][column].abs().total_cmp(&1e-12).is_le() {
            return None;
        }
        let pivot_row = system[column];
        for (row, line) in system.iter_mut().enumerate() {
            if row != column {
                let factor = line[column] / pivot_row[column];
                line.iter_mut().zip(pivot_row).for_each(|(cell, value)| *cell -= factor * value);
            }
        }
    }
    Some(std::array::from_fn(|row| system[row][8] / system[row][row]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Point3;

    /// A head-like surface, or the same points pressed flat, turned by `yaw` degrees and seen with perspective.
    fn turned(yaw: f32, flat: bool) -> FaceMesh {
        let mut points = Box::new([Point3::default(); FaceMesh::POINTS]);
        let (sin, cos) = yaw.to_radians().sin_cos();
        for (index, point) in points.iter_mut().enumerate() {
            let (u, v) = ((index * 37 % 100) as f32 / 50.0 - 1.0, (index * 61 % 100) as f32 / 50.0 - 1.0);
            let depth = if flat { 0.0 } else { -60.0 * (1.0 - (u * u + v * v) / 2.0) };
            let (x, y) = (u * 70.0, v * 90.0);
            let (x, z) = (x * cos - depth * sin, x * sin + depth * cos);
            let perspective = 600.0 / (600.0 + z);
            *point = Point3 { x: 320.0 + x * perspective, y: 240.0 + y * perspective, z };
        }
        FaceMesh { points, presence: 1.0, blendshapes: None }
    }

    #[test]
    fn a_plane_leaves_nothing_over() {
        let left = remainder(&turned(0.0, true), &turned(30.0, true)).unwrap();
        assert!(left < 1e-3, "{left}");
    }

    #[test]
    fn a_head_does() {
        let left = remainder(&turned(0.0, false), &turned(25.0, false)).unwrap();
        assert!(left / 25f32.to_radians().sin() > SOLID, "{left}");
    }

    #[test]
    fn a_turned_plane_is_squeezed_and_a_shrunken_one_is_not() {
        let from = |mesh: &FaceMesh| RIGID.map(|index| mesh.point(index));
        let frontal = from(&turned(0.0, true));
        let squeezed = Homography::fit(&frontal, &from(&turned(35.0, true))).unwrap().anisotropy();
        assert!((squeezed - 1.0 / 35f32.to_radians().cos()).abs() < 0.05, "{squeezed}");
        let smaller = frontal.map(|p| Point::new(p.x * 0.5 + 9.0, p.y * 0.5));
        assert!(Homography::fit(&frontal, &smaller).unwrap().anisotropy() < 1.001);
    }

    #[test]
    fn points_in_one_place_have_no_homography() {
        assert!(Homography::fit(&[Point::new(1.0, 1.0); 30], &[Point::new(2.0, 2.0); 30]).is_none());
    }
}
