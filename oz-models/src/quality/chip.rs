//! Greyscale crop of the face at a fixed size, so that measures do not depend on the resolution of the
//! camera.

use oz_core::Result;
use oz_core::face::{
    AlignmentTemplate, BoundingBox, FivePoints, LocatedFace, Point, SimilarityTransform, mesh_index,
};
use oz_core::media::Image;

/// Side of the chip in pixels; the eyes are 48 px apart.
pub(super) const SIDE: usize = 128;
/// Scale from the 112 px ArcFace template to the chip.
const ZOOM: f32 = 48.0 / 35.2378;
/// Offset from the template to the chip, chosen so that brow, ears and chin are inside.
const SHIFT: Point = Point::new(-12.4, -24.4);

/// Luma of the face, and the region that is face rather than hair or background.
pub(super) struct Chip {
    /// Luma in row-major order, 0..=255.
    pub(super) luma: Vec<u8>,
    /// Column range of the face in each row, `start..end`; empty above and below the face.
    pub(super) spans: [(usize, usize); SIDE],
    /// Column of the midline of the face in each row.
    pub(super) middle: [usize; SIDE],
}

impl Chip {
    pub(super) fn cut(image: &Image, face: &LocatedFace) -> Result<Self> {
        let onto = SimilarityTransform::fit(&face.five_points().to_array(), &template().to_array())?;
        let luma = sample(image, &onto.inverse());

        let oval: Vec<_> = face.mesh.oval().map(|p| onto.apply(p)).collect();
        let line =
            [mesh_index::FOREHEAD, NOSE_BRIDGE, mesh_index::CHIN].map(|i| onto.apply(face.mesh.point(i)));
        let middle =
            std::array::from_fn(|row| column(crossing(&line, row as f32).unwrap_or(SIDE as f32 / 2.0)));
        Ok(Self { luma, spans: std::array::from_fn(|row| span(&oval, row as f32)), middle })
    }

    /// The pixels of the face in each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.luma.chunks_exact(SIDE).zip(&self.spans).map(|(row, &(start, end))| &row[start..end])
    }
}

/// Mesh index of the bridge of the nose, between the eyes.
const NOSE_BRIDGE: usize = 168;

fn template() -> FivePoints {
    let points = AlignmentTemplate::ARCFACE_112.points.to_array();
    FivePoints::from_array(points.map(|p| Point::new(p.x * ZOOM + SHIFT.x, p.y * ZOOM + SHIFT.y)))
}

/// Column range between the outermost crossings of a closed outline with a row.
fn span(outline: &[Point], row: f32) -> (usize, usize) {
    let edges = outline.iter().zip(outline.iter().cycle().skip(1));
    let columns = edges.filter_map(|(&a, &b)| crossing(&[a, b], row));
    let ends = columns.fold(None, |ends: Option<(f32, f32)>, x| {
        Some(ends.map_or((x, x), |(low, high)| (low.min(x), high.max(x))))
    });
    ends.map_or((0, 0), |(low, high)| (column(low), column(high)))
}

/// Column at which a polyline first crosses a row.
fn crossing(line: &[Point], row: f32) -> Option<f32> {
    let mut segments = line.windows(2);
    let segment = segments.find(|p| (p[0].y <= row) != (p[1].y <= row))?;
    let share = (row - segment[0].y) / (segment[1].y - segment[0].y);
    Some(segment[0].x + share * (segment[1].x - segment[0].x))
}

fn column(x: f32) -> usize {
    (x.round().max(0.0) as usize).min(SIDE)
}

/// Samples luma on the grid of the chip. If the image pixels are much smaller than those of the chip, they
/// are averaged first to avoid aliasing.
fn sample(image: &Image, to_image: &SimilarityTransform) -> Vec<u8> {
    let corners = [(0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE)];
    let corners = corners.map(|(x, y)| to_image.apply(Point::new(x as f32, y as f32)));
    let region = BoundingBox::around(corners).expect("the array has four corners");
    let plane = Plane::reduced(image, &region, (to_image.scale().round() as usize).max(1));

    let mut luma = Vec::with_capacity(SIDE * SIDE);
    let step = 1.0 / plane.factor as f32;
    for row in 0..SIDE {
        let start = to_image.apply(Point::new(0.0, row as f32));
        let start = plane.position(start);
        for x in 0..SIDE {
            let x = x as f32 * step;
            luma.push(plane.bilinear(start.x + to_image.a * x, start.y + to_image.b * x));
        }
    }
    luma
}

/// Luma of a region of the image, averaged over squares of pixels.
struct Plane {
    values: Vec<u8>,
    width: usize,
    height: usize,
    /// Side of the squares in image pixels.
    factor: usize,
    left: usize,
    top: usize,
}

impl Plane {
    fn reduced(image: &Image, region: &BoundingBox, factor: usize) -> Self {
        let limit = |v: f32, most: u32| (v.max(0.0) as usize).min(most as usize - 1);
        let (left, top) = (limit(region.x - 1.0, image.width()), limit(region.y - 1.0, image.height()));
        let right = limit(region.right() + 2.0, image.width()) + 1;
        let bottom = limit(region.bottom() + 2.0, image.height()) + 1;
        // A square that is cut off at the edge of the image is dropped unless it is the only one.
        let factor = factor.min(right - left).min(bottom - top);
        let (width, height) = ((right - left) / factor, (bottom - top) / factor);

        let mut plane = Self { values: Vec::with_capacity(width * height), width, height, factor, left, top };
        let mut sums = vec![0u32; width];
        let stride = image.width() as usize * 3;
        for row in 0..height {
            sums.fill(0);
            for y in top + row * factor..top + (row + 1) * factor {
                let line = &image.pixels()[y * stride + left * 3..][..width * factor * 3];
                for (sum, square) in sums.iter_mut().zip(line.chunks_exact(factor * 3)) {
                    *sum += square.chunks_exact(3).map(luma).sum::<u32>();
                }
            }
            let count = (factor * factor) as u32;
            plane.values.extend(sums.iter().map(|sum| (sum / count) as u8));
        }
        plane
    }

    /// Maps a point from image pixels to the squares of the plane.
    fn position(&self, at: Point) -> Point {
        let factor = self.factor as f32;
        let shift = |v: f32, start: usize| (v - start as f32 - (factor - 1.0) / 2.0) / factor;
        Point::new(shift(at.x, self.left), shift(at.y, self.top))
    }

    /// Bilinear interpolation; positions outside the plane are clamped to its edge.
    #[inline]
    fn bilinear(&self, x: f32, y: f32) -> u8 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (column, row) = (x as usize, y as usize);
        let (wx, wy) = ((x - column as f32) * 256.0, (y - row as f32) * 256.0);
        let (wx, wy) = (wx as u32, wy as u32);

        let right = usize::from(column + 1 < self.width);
        let below = if row + 1 < self.height { self.width } else { 0 };
        let at = row * self.width + column;

        let value = |offset: usize| u32::from(self.values[at + offset]);
        let upper = value(0) * (256 - wx) + value(right) * wx;
        let lower = value(below) * (256 - wx) + value(below + right) * wx;
        ((upper * (256 - wy) + lower * wy + (1 << 15)) >> 16) as u8
    }
}

/// Luma of an RGB pixel, with coefficients in 1/256.
///
/// Source: Rec. ITU-R BT.601.
#[inline]
fn luma(pixel: &[u8]) -> u32 {
    (77 * u32::from(pixel[0]) + 150 * u32::from(pixel[1]) + 29 * u32::from(pixel[2])) >> 8
}
