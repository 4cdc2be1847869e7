//! Bringing faces into the position that a model was trained on.

use serde::{Deserialize, Serialize};

use super::{FivePoints, Point, SimilarityTransform};
use crate::Result;
use crate::media::Image;

/// Where a model wants the five points to lie in its square input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AlignmentTemplate {
    /// Side of the square in pixels.
    pub size: u32,
    /// The points in pixels of the square.
    pub points: FivePoints,
}

impl AlignmentTemplate {
    /// The 112 x 112 template of ArcFace and its kin.
    ///
    /// Source: insightface `face_align.py`, `arcface_dst`.
    pub const ARCFACE_112: Self = Self {
        size: 112,
        points: FivePoints {
            right_eye: Point::new(38.2946, 51.6963),
            left_eye: Point::new(73.5318, 51.5014),
            nose: Point::new(56.0252, 71.7366),
            mouth_right: Point::new(41.5493, 92.3655),
            mouth_left: Point::new(70.7299, 92.2041),
        },
    };
}

/// Warps a face onto a template. Parts beyond the image become black.
///
/// Input: `landmarks` in pixels of `image`. Output: `template.size` squared, the subject's right eye on image left.
///
/// # Errors
/// `analysis.degenerate_landmarks` when the points fall into one.
pub fn align(image: &Image, landmarks: &FivePoints, template: &AlignmentTemplate) -> Result<Image> {
    let onto = SimilarityTransform::fit(&landmarks.to_array(), &template.points.to_array())?;
    Ok(warp(image, &onto.inverse(), template.size, template.size))
}

/// Samples `image` on a `width x height` grid by bilinear interpolation; what lies beyond the image is black.
///
/// `back` maps a pixel of the output to a position in `image`, both counted from pixel centres.
#[must_use]
pub fn warp(image: &Image, back: &SimilarityTransform, width: u32, height: u32) -> Image {
    let mut pixels = vec![0u8; width as usize * height as usize * 3];
    let source = Bilinear::new(image);
    for (y, row) in pixels.chunks_exact_mut(width as usize * 3).enumerate() {
        let start = back.apply(Point::new(0.0, y as f32));
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let at = Point::new(start.x + back.a * x as f32, start.y + back.b * x as f32);
            pixel.copy_from_slice(&source.sample(at));
        }
    }
    Image::from_rgb(width, height, pixels).expect("the buffer was made for this size")
}

/// Fixed-point bilinear sampling, as fine as eight bits can show.
struct Bilinear<'a> {
    pixels: &'a [u8],
    width: i32,
    height: i32,
}

/// Fractions of a pixel are counted in 1/2^11.
const FRACTION_BITS: i32 = 11;
const ONE: i32 = 1 << FRACTION_BITS;

impl<'a> Bilinear<'a> {
    fn new(image: &'a Image) -> Self {
        Self { pixels: image.pixels(), width: image.width() as i32, height: image.height() as i32 }
    }

    #[inline]
    fn sample(&self, at: Point) -> [u8; 3] {
        let (fx, fy) = (at.x.floor(), at.y.floor());
        let (x, y) = (fx as i32, fy as i32);
        let wx = ((at.x - fx) * ONE as f32) as i32;
        let wy = ((at.y - fy) * ONE as f32) as i32;
        if x >= 0 && y >= 0 && x + 1 < self.width && y + 1 < self.height {
            let top = (y as usize * self.width as usize + x as usize) * 3;
            let bottom = top + self.width as usize * 3;
            let (above, below) = (&self.pixels[top..top + 6], &self.pixels[bottom..bottom + 6]);
            return std::array::from_fn(|c| {
                mix(mix_row(above[c], above[c + 3], wx), mix_row(below[c], below[c + 3], wx), wy)
            });
        }
        self.sample_at_edge(x, y, wx, wy)
    }

    #[cold]
    fn sample_at_edge(&self, x: i32, y: i32, wx: i32, wy: i32) -> [u8; 3] {
        let value = |x: i32, y: i32, c: usize| {
            let inside = x >= 0 && y >= 0 && x < self.width && y < self.height;
            if inside { self.pixels[(y as usize * self.width as usize + x as usize) * 3 + c] } else { 0 }
        };
        std::array::from_fn(|c| {
            let above = mix_row(value(x, y, c), value(x.saturating_add(1), y, c), wx);
            let below =
                mix_row(value(x, y.saturating_add(1), c), value(x.saturating_add(1), y.saturating_add(1), c), wx);
            mix(above, below, wy)
        })
    }
}

#[inline]
fn mix_row(left: u8, right: u8, weight: i32) -> i32 {
    i32::from(left) * (ONE - weight) + i32::from(right) * weight
}

#[inline]
fn mix(above: i32, below: i32, weight: i32) -> u8 {
    let sum = i64::from(above) * i64::from(ONE - weight) + i64::from(below) * i64::from(weight);
    ((sum + (1 << (2 * FRACTION_BITS - 1))) >> (2 * FRACTION_BITS)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_changes_nothing_inside() {
        let image = Image::from_fn(9, 7, |x, y| [(x * 20) as u8, (y * 30) as u8, 5]);
        let same = SimilarityTransform { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };
        assert_eq!(warp(&image, &same, 9, 7), image);
    }

    #[test]
    fn half_a_pixel_is_the_mean_of_two() {
        let image = Image::from_fn(4, 4, |x, _| [(x * 10) as u8; 3]);
        let shifted = SimilarityTransform { a: 1.0, b: 0.0, tx: 0.5, ty: 0.0 };
        assert_eq!(warp(&image, &shifted, 1, 1).pixel(0, 0), [5, 5, 5]);
    }

    #[test]
    fn far_outside_is_black() {
        let image = Image::from_fn(4, 4, |_, _| [200; 3]);
        let away = SimilarityTransform { a: 1.0, b: 0.0, tx: 1e9, ty: -1e9 };
        assert_eq!(warp(&image, &away, 2, 2).pixel(1, 1), [0, 0, 0]);
    }

    #[test]
    fn landmarks_land_on_the_template() {
        let template = AlignmentTemplate::ARCFACE_112;
        let shift = |p: Point| Point::new(p.x + 30.0, p.y + 20.0);
        let landmarks = FivePoints::from_array(template.points.to_array().map(shift));
        let image = Image::from_fn(200, 200, |x, y| if (x, y) == (68, 72) { [255; 3] } else { [0; 3] });
        let aligned = align(&image, &landmarks, &template).unwrap();
        assert_eq!(aligned.pixel(38, 52), [255; 3]);
    }
}
