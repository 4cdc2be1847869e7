//! Motion layer: tells the motion of a solid head from that of a flat picture.
//!
//! The points of a turned flat picture move by a homography. When a head turns, nose and cheeks shift against
//! each other. The layer makes two measurements on the rigid points of the face:
//!
//! - Squeeze: the factor by which the face becomes narrower or lower without a change of pose. On a turned
//!   picture the mesh model sees a face that still looks into the camera, only squeezed; a head cannot be
//!   squeezed.
//! - Parallax: the part of the motion of a turning head that the best homography does not explain.
//!
//! Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed., section 4.1 (DLT), 13.1 (planes).

use super::Presentation;
use crate::analysis::ObservedFace;
use crate::face::pad::{PadEvidence, PadLayer};
use crate::face::{FaceMesh, Point};

/// Mesh points on bone and cartilage: brow ridge, nose, cheekbones, temples. Lips, lids and jaw move with the
/// expression.
const RIGID: [usize; 30] = [
    1, 4, 5, 6, 197, 195, 168, 8, 9, 151, 10, 98, 327, 48, 278, 33, 133, 362, 263, 127, 356, 234, 454, 116,
    345, 50, 280, 109, 338, 54,
];
/// Turns in degrees from the frontal frame between which parallax is measured. Below, neither head nor
/// picture shows any.
const MIN_TURN: f32 = 10.0;
const MAX_TURN: f32 = 60.0;
/// Turn in degrees from which the confidence is 1.
const FULL_TURN: f32 = 22.0;
/// Number of the furthest turned frames whose residuals are averaged.
const TURNED_FRAMES: usize = 5;
/// Residual over the inter-eye distance per sine of the turn: pictures stay below `FLAT`, heads above
/// `SOLID`. Chosen between flat portraits that tests turn in space and live heads.
const FLAT: f32 = 0.035;
const SOLID: f32 = 0.08;

/// Maximum difference in degrees between poses that should show the face in the same shape.
const SAME_POSE: f32 = 8.0;
/// Factors of squeeze between which suspicion rises from 0 to 1. Live heads that nod and turn within the same
/// pose reach 1.13; a picture turned by 35 degrees has 1.22.
const STEADY: f32 = 1.12;
const SQUEEZED: f32 = 1.22;
/// Number of frames that must be squeezed, as single frames may be blurred.
const SQUEEZED_FRAMES: usize = 3;

pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let faces: Vec<_> = presentation.recording.subjects().map(|(_, subject)| subject).collect();

    let squeeze = squeeze(&faces);
    let flatness = ((squeeze - STEADY) / (SQUEEZED - STEADY)).clamp(0.0, 1.0);
    if flatness > 0.5 {
        let percent = (squeeze - 1.0) * 100.0;
        let reason =
            format!("the face is squeezed by {percent:.0} % without turning, like a picture of a face");
        let score = PadEvidence::NEUTRAL - 0.45 * flatness;
        return PadEvidence::new(PadLayer::Motion, score, 0.5 + 0.4 * flatness, reason);
    }

    let Some(Parallax { turn, ratio }) = parallax(&faces) else {
        return PadEvidence::undecided(PadLayer::Motion, "the head turned too little to show its depth");
    };
    let solidity = ((ratio - FLAT) / (SOLID - FLAT)).clamp(0.0, 1.0);
    let confidence = ((turn - MIN_TURN) / (FULL_TURN - MIN_TURN)).clamp(0.1, 1.0);
    if solidity < 0.5 {
        let reason = format!("turned by {turn:.0} degrees, the face stays flat");
        return PadEvidence::new(PadLayer::Motion, 0.1 + 0.8 * solidity, confidence, reason);
    }

    // Score and confidence stay low, as the replayed recording of a head is solid, too.
    let reason = format!("turned by {turn:.0} degrees, the face shows depth");
    PadEvidence::new(PadLayer::Motion, 0.4 + 0.3 * solidity, 0.5 * confidence, reason)
}

fn rigid_points(mesh: &FaceMesh) -> [Point; RIGID.len()] {
    RIGID.map(|index| mesh.point(index))
}

/// Angle in degrees between two poses, roll aside, which is a rotation of the image.
fn pose_distance(a: &ObservedFace, b: &ObservedFace) -> f32 {
    (a.face.pose.yaw - b.face.pose.yaw).hypot(a.face.pose.pitch - b.face.pose.pitch)
}

/// Squeeze against the most frontal frame, at least 1: the third largest among the frames of the same pose of
/// the ratio between the largest and the smallest change of length.
fn squeeze(faces: &[&ObservedFace]) -> f32 {
    let turn = |face: &ObservedFace| face.face.pose.yaw.hypot(face.face.pose.pitch);
    let Some(frontal) = faces.iter().min_by(|a, b| turn(a).total_cmp(&turn(b))) else { return 1.0 };

    let reference = rigid_points(&frontal.face.mesh);
    let mut ratios: Vec<f32> = faces
        .iter()
        .filter(|face| pose_distance(face, frontal) < SAME_POSE)
        .filter_map(|face| Homography::fit(&reference, &rigid_points(&face.face.mesh)))
        .map(|homography| homography.anisotropy())
        .collect();

    ratios.sort_by(|a, b| b.total_cmp(a));
    ratios.get(SQUEEZED_FRAMES - 1).copied().unwrap_or(1.0)
}

struct Parallax {
    /// Mean turn of the measured frames in degrees from the frontal frame.
    turn: f32,
    /// Mean residual of the homographies over inter-eye distance and sine of the turn.
    ratio: f32,
}

/// Measures the furthest turned frames; `None` when the head never turns far enough.
fn parallax(faces: &[&ObservedFace]) -> Option<Parallax> {
    let frontal = faces.iter().min_by(|a, b| a.face.pose.yaw.abs().total_cmp(&b.face.pose.yaw.abs()))?;

    let mut turned: Vec<_> = faces
        .iter()
        .map(|face| (pose_distance(face, frontal), *face))
        .filter(|(turn, _)| (MIN_TURN..MAX_TURN).contains(turn))
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
            Some(residual(&frontal.face.mesh, &face.face.mesh)? / turn.to_radians().sin())
        })
        .collect();
    let ratio = ratios.iter().sum::<f32>() / ratios.len().max(1) as f32;
    (!ratios.is_empty()).then_some(Parallax { turn, ratio })
}

/// Root mean square distance between the rigid points of `from` and those of `to` mapped back by the best
/// homography, over the inter-eye distance in `from`. `None` for degenerate points.
fn residual(from: &FaceMesh, to: &FaceMesh) -> Option<f32> {
    let (source, target) = (rigid_points(to), rigid_points(from));
    let homography = Homography::fit(&source, &target)?;
    let squares: f32 =
        source.iter().zip(&target).map(|(s, t)| homography.apply(*s).distance(*t).powi(2)).sum::<f32>();

    let eyes = from.five_points().inter_eye_distance();
    (eyes > 1.0).then(|| (squares / RIGID.len() as f32).sqrt() / eyes)
}

/// Map between planes, `[h0 h1 h2; h3 h4 h5; h6 h7 1]`, on normalised coordinates.
struct Homography {
    h: [f64; 8],
    source: Normalisation,
    target: Normalisation,
}

/// Shift and scale that bring points to order 1, so that the equations are well conditioned.
#[derive(Clone, Copy)]
struct Normalisation {
    center: (f64, f64),
    scale: f64,
}

impl Normalisation {
    fn of(points: &[Point]) -> Self {
        let count = points.len() as f64;
        let sum = points.iter().fold((0.0, 0.0), |(x, y), p| (x + f64::from(p.x), y + f64::from(p.y)));
        let center = (sum.0 / count, sum.1 / count);
        let spread: f64 =
            points.iter().map(|p| (f64::from(p.x) - center.0).hypot(f64::from(p.y) - center.1)).sum::<f64>()
                / count;
        Self { center, scale: spread.max(1e-6) }
    }

    fn normalise(self, p: Point) -> (f64, f64) {
        ((f64::from(p.x) - self.center.0) / self.scale, (f64::from(p.y) - self.center.1) / self.scale)
    }

    fn restore(self, (x, y): (f64, f64)) -> Point {
        Point::new((x * self.scale + self.center.0) as f32, (y * self.scale + self.center.1) as f32)
    }
}

impl Homography {
    /// Homography that maps `from` onto `to` with the least algebraic error; `None` for degenerate points.
    fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        let (source, target) = (Normalisation::of(from), Normalisation::of(to));
        let mut normal = [[0.0; 9]; 8];
        for (p, q) in from.iter().zip(to) {
            let ((x, y), (u, v)) = (source.normalise(*p), target.normalise(*q));
            accumulate(&mut normal, [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u);
            accumulate(&mut normal, [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v);
        }
        solve(normal).map(|h| Self { h, source, target })
    }

    /// Ratio of the largest to the smallest change of length at the centroid of the points, at least 1.
    fn anisotropy(&self) -> f32 {
        let h = &self.h;
        // Singular values, in closed form, of the derivative of the map at the centroid, (0, 0).
        let (a, b) = (h[0] - h[2] * h[6], h[1] - h[2] * h[7]);
        let (c, d) = (h[3] - h[5] * h[6], h[4] - h[5] * h[7]);
        let (sum, difference) = ((a + d).hypot(c - b), (a - d).hypot(b + c));
        ((sum + difference) / (sum - difference).abs().max(1e-9)) as f32
    }

    fn apply(&self, p: Point) -> Point {
        let h = &self.h;
        let (x, y) = self.source.normalise(p);
        let w = h[6] * x + h[7] * y + 1.0;
        self.target.restore(((h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w))
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

    /// A head-like surface, or the same points in a plane, turned by `yaw` degrees and projected in
    /// perspective.
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
    fn plane_leaves_no_residual() {
        let left = residual(&turned(0.0, true), &turned(30.0, true)).unwrap();
        assert!(left < 1e-3, "{left}");
    }

    #[test]
    fn head_leaves_a_residual() {
        let left = residual(&turned(0.0, false), &turned(25.0, false)).unwrap();
        assert!(left / 25f32.to_radians().sin() > SOLID, "{left}");
    }

    #[test]
    fn turned_plane_is_squeezed_and_a_smaller_one_is_not() {
        let frontal = rigid_points(&turned(0.0, true));
        let squeezed = Homography::fit(&frontal, &rigid_points(&turned(35.0, true))).unwrap().anisotropy();
        assert!((squeezed - 1.0 / 35f32.to_radians().cos()).abs() < 0.05, "{squeezed}");
        let smaller = frontal.map(|p| Point::new(p.x * 0.5 + 9.0, p.y * 0.5));
        assert!(Homography::fit(&frontal, &smaller).unwrap().anisotropy() < 1.001);
    }

    #[test]
    fn coincident_points_have_no_homography() {
        assert!(Homography::fit(&[Point::new(1.0, 1.0); 30], &[Point::new(2.0, 2.0); 30]).is_none());
    }
}
