//! Points, boxes and similarity transforms.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Position in pixels from the top-left corner of an image; x to the right, y downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// Column.
    pub x: f32,
    /// Row.
    pub y: f32,
}

impl Point {
    /// Point at column `x`, row `y`.
    #[must_use]
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Euclidean distance to another point in pixels.
    #[must_use]
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// Point half-way to another one.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self::new((self.x + other.x) / 2.0, (self.y + other.y) / 2.0)
    }
}

/// Position in space: `x` and `y` as in [`Point`], `z` in the same unit, growing away from the camera.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point3 {
    /// Column.
    pub x: f32,
    /// Row.
    pub y: f32,
    /// Depth.
    pub z: f32,
}

impl Point3 {
    /// Position in the image, without depth.
    #[must_use]
    pub fn flat(self) -> Point {
        Point::new(self.x, self.y)
    }
}

/// Axis-aligned rectangle in pixels. May reach beyond the image.
///
/// ```
/// use oz_core::face::BoundingBox;
///
/// let (left, right) = (BoundingBox::new(0.0, 0.0, 2.0, 2.0), BoundingBox::new(1.0, 0.0, 2.0, 2.0));
/// assert_eq!(left.intersection(&right), BoundingBox::new(1.0, 0.0, 1.0, 2.0));
/// assert!((left.iou(&right) - 1.0 / 3.0).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, not negative.
    pub width: f32,
    /// Height, not negative.
    pub height: f32,
}

impl BoundingBox {
    /// Box with a top-left corner and a size; negative sizes become zero.
    #[must_use]
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width: width.max(0.0), height: height.max(0.0) }
    }

    /// Smallest box around `points`; `None` without points.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        let (low, high) = points.fold((first, first), |(low, high), p| {
            (Point::new(low.x.min(p.x), low.y.min(p.y)), Point::new(high.x.max(p.x), high.y.max(p.y)))
        });
        Some(Self::new(low.x, low.y, high.x - low.x, high.y - low.y))
    }

    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// Centre.
    #[must_use]
    pub fn center(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Area in square pixels.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// Whether the point lies inside or on the edge.
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        point.x >= self.x && point.x <= self.right() && point.y >= self.y && point.y <= self.bottom()
    }

    /// Box scaled about its centre by `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f32) -> Self {
        let center = self.center();
        let (width, height) = (self.width * factor, self.height * factor);
        Self::new(center.x - width / 2.0, center.y - height / 2.0, width, height)
    }

    /// Intersection of two boxes; of zero area when they do not overlap.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        Self::new(x, y, self.right().min(other.right()) - x, self.bottom().min(other.bottom()) - y)
    }

    /// Intersection over union, 0..=1; 0 when both boxes have no area.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f32 {
        let shared = self.intersection(other).area();
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }

    /// Share of this box, 0..=1, that lies inside an image of `width` x `height` pixels.
    #[must_use]
    pub fn visible_share(&self, width: u32, height: u32) -> f32 {
        let image = Self::new(0.0, 0.0, width as f32, height as f32);
        if self.area() > 0.0 { self.intersection(&image).area() / self.area() } else { 0.0 }
    }
}

/// Rotation, uniform scale and translation: `x' = a x - b y + tx`, `y' = b x + a y + ty`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarityTransform {
    /// Scale times cosine of the angle.
    pub a: f32,
    /// Scale times sine of the angle.
    pub b: f32,
    /// Translation to the right in pixels.
    pub tx: f32,
    /// Translation downwards in pixels.
    pub ty: f32,
}

impl SimilarityTransform {
    /// Fits the transform that maps `from` onto `to` with the least squared error, without reflection. Points
    /// are paired by index.
    ///
    /// # Errors
    /// `analysis.degenerate_landmarks` when all points of either set coincide or a point is not finite.
    ///
    /// Source: Umeyama 1991, doi:10.1109/34.88573, in its closed form for two dimensions.
    pub fn fit(from: &[Point], to: &[Point]) -> Result<Self> {
        let count = from.len().min(to.len()) as f64;
        let mean = |points: &[Point]| {
            let sum = points.iter().fold((0.0, 0.0), |(x, y), p| (x + f64::from(p.x), y + f64::from(p.y)));
            (sum.0 / count, sum.1 / count)
        };
        let ((fx, fy), (gx, gy)) = (mean(from), mean(to));

        let (mut dot, mut cross, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (f64::from(p.x) - fx, f64::from(p.y) - fy);
            let (qx, qy) = (f64::from(q.x) - gx, f64::from(q.y) - gy);
            dot += px * qx + py * qy;
            cross += px * qy - py * qx;
            spread += px * px + py * py;
        }

        let (a, b) = (dot / spread, cross / spread);
        let scale = a.hypot(b);
        if !(scale.is_finite() && scale > 1e-9) {
            return Err(Error::DegenerateLandmarks);
        }
        let (tx, ty) = (gx - (a * fx - b * fy), gy - (b * fx + a * fy));
        Ok(Self { a: a as f32, b: b as f32, tx: tx as f32, ty: ty as f32 })
    }

    /// Maps one point.
    #[must_use]
    pub fn apply(&self, p: Point) -> Point {
        Point::new(self.a * p.x - self.b * p.y + self.tx, self.b * p.x + self.a * p.y + self.ty)
    }

    /// Scale: factor by which lengths grow.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// Inverse transform.
    ///
    /// # Panics
    /// When the scale is zero, which [`SimilarityTransform::fit`] never returns.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        assert!(square > 0.0, "a transform of scale zero has no inverse");
        let (a, b) = (self.a / square, -self.b / square);
        Self { a, b, tx: -(a * self.tx - b * self.ty), ty: -(b * self.tx + a * self.ty) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn iou_of_halves_is_a_third() {
        let left = BoundingBox::new(0.0, 0.0, 2.0, 2.0);
        let shifted = BoundingBox::new(1.0, 0.0, 2.0, 2.0);
        assert!((left.iou(&shifted) - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn coincident_points_are_degenerate() {
        let same = [Point::new(3.0, 3.0); 5];
        let other = [Point::new(0.0, 0.0), Point::new(1.0, 0.0), Point::new(0.0, 1.0)];
        assert_eq!(
            SimilarityTransform::fit(&same, &other).unwrap_err().code(),
            "analysis.degenerate_landmarks"
        );
    }

    fn points() -> impl Strategy<Value = Vec<Point>> {
        prop::collection::vec((0.0f32..500.0, 0.0f32..500.0).prop_map(|(x, y)| Point::new(x, y)), 5)
    }

    proptest! {
        #[test]
        fn iou_is_symmetric_and_bounded(
            x in 0.0f32..50.0,
            y in 0.0f32..50.0,
            w in 1.0f32..50.0,
            h in 1.0f32..50.0,
        ) {
            let (one, two) = (BoundingBox::new(10.0, 10.0, 20.0, 30.0), BoundingBox::new(x, y, w, h));
            prop_assert!((one.iou(&two) - two.iou(&one)).abs() < 1e-6);
            prop_assert!((0.0..=1.0).contains(&one.iou(&two)));
        }

        #[test]
        fn similarity_is_recovered(
            points in points(),
            angle in -3.0f32..3.0,
            scale in 0.2f32..4.0,
            tx in -99.0f32..99.0,
        ) {
            let truth = SimilarityTransform { a: scale * angle.cos(), b: scale * angle.sin(), tx, ty: -tx };
            let moved: Vec<_> = points.iter().map(|p| truth.apply(*p)).collect();
            prop_assume!(points.iter().any(|p| p.distance(points[0]) > 10.0));
            let found = SimilarityTransform::fit(&points, &moved).unwrap();
            for (p, q) in points.iter().zip(&moved) {
                prop_assert!(found.apply(*p).distance(*q) < 0.05);
                prop_assert!(found.inverse().apply(*q).distance(*p) < 0.05);
            }
        }
    }
}
