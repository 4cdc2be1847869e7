//! Alignment: warping a face onto the template that a model was trained on.

use serde::{Deserialize, Serialize};

use super::{FivePoints, Point, SimilarityTransform};
use crate::Result;
use crate::media::Image;

/// Positions of the five points in the square input of a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AlignmentTemplate {
    /// Side of the square in pixels.
    pub size: u32,
    /// Points in pixels of the square.
    pub points: FivePoints,
}

impl AlignmentTemplate {
    /// The 112 x 112 template of ArcFace and related models.
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
/// Input: `landmarks` in pixels of `image`. Output: a square of side `template.size`, the subject's right eye
/// on the left of the image.
///
/// # Errors
/// `analysis.degenerate_landmarks` when the points coincide.
pub fn align(image: &Image, landmarks: &FivePoints, template: &AlignmentTemplate) -> Result<Image> {
    let onto = SimilarityTransform::fit(&landmarks.to_array(), &template.points.to_array())?;
    Ok(warp(image, &onto.inverse(), template.size, template.size))
}

/// Samples `image` on a grid of `width` x `height` pixels by bilinear interpolation. Positions beyond the
/// image are black.
///
/// `back` maps a pixel of the output to a position in `image`; pixel centres have integer coordinates in
/// both.
///
/// # Panics
/// When `width` or `height` is zero.
#[must_use]
pub fn warp(image: &Image, back: &SimilarityTransform, width: u32, height: u32) -> Image {
    let mut pixels = vec![0u8; width as usize * height as usize * 3];
    let source = Bilinear::new(image);
    let (step_x, step_y) = (fixed(back.a), fixed(back.b));

    for (y, row) in pixels.chunks_exact_mut(width as usize * 3).enumerate() {
        let start = back.apply(Point::new(0.0, y as f32));
        let (mut x, mut y) = (fixed(start.x), fixed(start.y));
        for pixel in row.chunks_exact_mut(3) {
            pixel.copy_from_slice(&source.sample(x, y));
            (x, y) = (x.wrapping_add(step_x), y.wrapping_add(step_y));
        }
    }

    Image::from_rgb(width, height, pixels).expect("the buffer has width x height x 3 bytes")
}

/// Fractional bits of positions: fine enough for adding up the steps along a row.
const POSITION_BITS: u32 = 20;
/// Fractional bits of weights: finer than the eight bits of the result.
const WEIGHT_BITS: u32 = 11;
const ONE: u32 = 1 << WEIGHT_BITS;

fn fixed(position: f32) -> i64 {
    (f64::from(position) * f64::from(1 << POSITION_BITS)) as i64
}

/// Fixed-point bilinear sampling.
struct Bilinear<'a> {
    pixels: &'a [u8],
    width: i64,
    height: i64,
}

impl<'a> Bilinear<'a> {
    fn new(image: &'a Image) -> Self {
        Self { pixels: image.pixels(), width: image.width().into(), height: image.height().into() }
    }

    #[inline]
    fn sample(&self, x: i64, y: i64) -> [u8; 3] {
        let (column, row) = (x >> POSITION_BITS, y >> POSITION_BITS);
        let weight = |position: i64| (position >> (POSITION_BITS - WEIGHT_BITS)) as u32 & (ONE - 1);
        let (wx, wy) = (weight(x), weight(y));

        if column >= 0 && row >= 0 && column < self.width - 1 && row < self.height - 1 {
            let top = (row * self.width + column) as usize * 3;
            let bottom = top + self.width as usize * 3;
            let (above, below) = (&self.pixels[top..top + 6], &self.pixels[bottom..bottom + 6]);
            return std::array::from_fn(|c| {
                mix(mix_row(above[c], above[c + 3], wx), mix_row(below[c], below[c + 3], wx), wy)
            });
        }

        self.sample_at_edge(column, row, wx, wy)
    }

    #[cold]
    fn sample_at_edge(&self, column: i64, row: i64, wx: u32, wy: u32) -> [u8; 3] {
        let value = |x: i64, y: i64, c: usize| {
            let inside = x >= 0 && y >= 0 && x < self.width && y < self.height;
            if inside { self.pixels[(y * self.width + x) as usize * 3 + c] } else { 0 }
        };
        std::array::from_fn(|c| {
            let above = mix_row(value(column, row, c), value(column + 1, row, c), wx);
            let below = mix_row(value(column, row + 1, c), value(column + 1, row + 1, c), wx);
            mix(above, below, wy)
        })
    }
}

#[inline]
fn mix_row(left: u8, right: u8, weight: u32) -> u32 {
    u32::from(left) * (ONE - weight) + u32::from(right) * weight
}

#[inline]
fn mix(above: u32, below: u32, weight: u32) -> u8 {
    let sum = above * (ONE - weight) + below * weight;
    ((sum + (1 << (2 * WEIGHT_BITS - 1))) >> (2 * WEIGHT_BITS)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_keeps_the_image() {
        let image = Image::from_fn(9, 7, |x, y| [(x * 20) as u8, (y * 30) as u8, 5]);
        let same = SimilarityTransform { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };
        assert_eq!(warp(&image, &same, 9, 7), image);
    }

    #[test]
    fn shift_by_half_a_pixel_averages_neighbours() {
        let image = Image::from_fn(4, 4, |x, _| [(x * 10) as u8; 3]);
        let shifted = SimilarityTransform { a: 1.0, b: 0.0, tx: 0.5, ty: 0.0 };
        assert_eq!(warp(&image, &shifted, 1, 1).pixel(0, 0), [5, 5, 5]);
    }

    #[test]
    fn positions_outside_are_black() {
        let image = Image::from_fn(4, 4, |_, _| [200; 3]);
        let away = SimilarityTransform { a: 1.0, b: 0.0, tx: 1e9, ty: -1e9 };
        assert_eq!(warp(&image, &away, 2, 2).pixel(1, 1), [0, 0, 0]);
    }

    #[test]
    fn landmarks_are_mapped_onto_the_template() {
        let template = AlignmentTemplate::ARCFACE_112;
        let shift = |p: Point| Point::new(p.x + 30.0, p.y + 20.0);
        let landmarks = FivePoints::from_array(template.points.to_array().map(shift));
        let image = Image::from_fn(200, 200, |x, y| if (x, y) == (68, 72) { [255; 3] } else { [0; 3] });
        let aligned = align(&image, &landmarks, &template).unwrap();
        assert_eq!(aligned.pixel(38, 52), [255; 3]);
    }
}
