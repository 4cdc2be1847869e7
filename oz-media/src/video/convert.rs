//! Conversion of luma and chroma to RGB.
//!
//! Source: ITU-T H.273 for the coefficients. Chroma samples are repeated, not interpolated,
//! like in ffmpeg's unscaled conversion.

use oz_core::Result;
use oz_core::media::Image;

use super::color::{ColorHint, Matrix, Range};
use super::picture::Picture;

/// Converts `picture` to RGB.
///
/// The hint of the bitstream takes precedence over that of the container. Without either, the matrix is
/// guessed from the size and the range is [`Range::Limited`].
pub(crate) fn rgb_from_yuv(picture: &Picture, container: ColorHint) -> Result<Image> {
    let hint = picture.color.or(container);
    let matrix = hint.matrix.unwrap_or_else(|| Matrix::of_size(picture.width, picture.height));
    let range = hint.range.unwrap_or(Range::Limited);

    let mut rgb = vec![0; picture.width * picture.height * 3];
    if matrix == Matrix::Identity && picture.chroma_is_full() {
        interleave(picture, &mut rgb);
    } else {
        convert(picture, &Weights::new(matrix, range), &mut rgb);
    }

    Image::from_rgb(picture.width as u32, picture.height as u32, rgb)
}

/// Interleaves planes of green, blue and red.
fn interleave(picture: &Picture, rgb: &mut [u8]) {
    let [mut green, mut blue, mut red] = picture.planes.each_ref().map(|plane| plane.rows(picture.depth));
    for (y, line) in rgb.chunks_exact_mut(picture.width * 3).enumerate() {
        let (g, b, r) = (green.row(y), blue.row(y), red.row(y));
        for (pixel, ((&g, &b), &r)) in line.chunks_exact_mut(3).zip(g.iter().zip(b).zip(r)) {
            pixel.copy_from_slice(&[r, g, b]);
        }
    }
}

/// Fixed-point coefficients. A row of pixels takes 16-bit arithmetic only, which the compiler vectorises.
struct Weights {
    luma_zero: i16,
    /// In units of 2^-14. The upper half of its product with luma shifted by [`LUMA_SHIFT`] has [`BITS`]
    /// fraction bits.
    luma: i16,
    /// In units of 2^-([`BITS`] + [`EXTRA`]), like all chroma coefficients.
    red_v: i32,
    green_u: i32,
    green_v: i32,
    blue_u: i32,
}

/// Fraction bits of the sums.
const BITS: u32 = 5;
const LUMA_SHIFT: u32 = 7;
/// Additional fraction bits of the chroma coefficients, dropped when a product is rounded.
const EXTRA: u32 = 8;

impl Weights {
    fn new(matrix: Matrix, range: Range) -> Self {
        let (kr, kb) = matrix.weights();
        let kg = 1.0 - kr - kb;
        let (luma_zero, luma, chroma) = match range {
            Range::Limited => (16, 255.0 / 219.0, 255.0 / 224.0),
            Range::Full => (0, 1.0, 1.0),
        };

        let fixed = |value: f64| (value * chroma * f64::from(1 << (BITS + EXTRA))).round() as i32;
        Self {
            luma_zero,
            luma: (luma * f64::from(1 << (16 - LUMA_SHIFT + BITS))).round() as i16,
            red_v: fixed(2.0 * (1.0 - kr)),
            green_u: fixed(-2.0 * (1.0 - kb) * kb / kg),
            green_v: fixed(-2.0 * (1.0 - kr) * kr / kg),
            blue_u: fixed(2.0 * (1.0 - kb)),
        }
    }
}

/// Chroma terms of red, green and blue for each column of a row, rounding included.
struct ChromaTerms {
    wide: [Vec<i16>; 3],
    /// One value per chroma sample, before it is repeated for its columns.
    narrow: Vec<i16>,
}

impl ChromaTerms {
    fn new(width: usize) -> Self {
        // One extra for the second column of the last sample when the width is odd.
        Self { wide: [0; 3].map(|_: i32| vec![0; width + 1]), narrow: vec![0; width] }
    }

    fn fill(&mut self, u: &[u8], v: &[u8], halved: bool, weights: &Weights) {
        // Rounds twice: half a unit of the shifted sum and half a unit of the final pixel value.
        const HALVES: i32 = (1 << (EXTRA - 1)) + (1 << (BITS + EXTRA - 1));
        let of_channel = [(0, weights.red_v), (weights.green_u, weights.green_v), (weights.blue_u, 0)];

        for (wide, (by_u, by_v)) in self.wide.iter_mut().zip(of_channel) {
            for ((value, &u), &v) in self.narrow.iter_mut().zip(u).zip(v) {
                let sum = by_u * (i32::from(u) - 128) + by_v * (i32::from(v) - 128);
                *value = ((sum + HALVES) >> EXTRA) as i16;
            }
            if halved {
                for (pair, &value) in wide.chunks_exact_mut(2).zip(&self.narrow) {
                    pair[0] = value;
                    pair[1] = value;
                }
            } else {
                wide[..self.narrow.len()].copy_from_slice(&self.narrow);
            }
        }
    }
}

/// Converts luma and chroma planes.
fn convert(picture: &Picture, weights: &Weights, rgb: &mut [u8]) {
    let [mut luma, mut blue, mut red] = picture.planes.each_ref().map(|plane| plane.rows(picture.depth));
    let mut chroma = ChromaTerms::new(picture.width);
    let mut channels = [0; 3].map(|_: i32| vec![0; picture.width]);
    let mut filled = usize::MAX;

    for (y, line) in rgb.chunks_exact_mut(picture.width * 3).enumerate() {
        let chroma_y = y >> picture.shift_y;
        if chroma_y != filled {
            chroma.fill(blue.row(chroma_y), red.row(chroma_y), picture.shift_x == 1, weights);
            filled = chroma_y;
        }

        let luma = luma.row(y);
        for (channel, added) in channels.iter_mut().zip(&chroma.wide) {
            row(channel, luma, added, weights);
        }

        let [red, green, blue] = &channels;
        for (((pixel, &r), &g), &b) in line.chunks_exact_mut(3).zip(red).zip(green).zip(blue) {
            pixel[0] = r;
            pixel[1] = g;
            pixel[2] = b;
        }
    }
}

/// Converts one channel of one row.
fn row(channel: &mut [u8], luma: &[u8], added: &[i16], weights: &Weights) {
    for ((value, &y), &added) in channel.iter_mut().zip(luma).zip(added) {
        let y = (i16::from(y) - weights.luma_zero) << LUMA_SHIFT;
        let base = ((i32::from(y) * i32::from(weights.luma)) >> 16) as i16;
        *value = ((base + added) >> BITS).clamp(0, 255) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::picture::Plane;

    fn flat(matrix: Matrix, range: Range, [y, u, v]: [u8; 3]) -> [u8; 3] {
        let plane = |value, width, height| Plane::bytes(vec![value; width * height], width);
        let picture = Picture {
            width: 3,
            height: 3,
            depth: 8,
            shift_x: 1,
            shift_y: 1,
            planes: [plane(y, 3, 3), plane(u, 2, 2), plane(v, 2, 2)],
            color: ColorHint { matrix: Some(matrix), range: Some(range) },
        };
        rgb_from_yuv(&picture, ColorHint::default()).unwrap().pixel(2, 2)
    }

    #[test]
    fn black_white_and_primaries_are_converted() {
        assert_eq!(flat(Matrix::Bt601, Range::Limited, [16, 128, 128]), [0, 0, 0]);
        assert_eq!(flat(Matrix::Bt601, Range::Limited, [235, 128, 128]), [255, 255, 255]);
        assert_eq!(flat(Matrix::Bt709, Range::Full, [255, 128, 128]), [255, 255, 255]);
        // Red of each standard, rounded to integers.
        assert_eq!(flat(Matrix::Bt601, Range::Limited, [81, 90, 240]), [254, 0, 0]);
        assert_eq!(flat(Matrix::Bt709, Range::Limited, [63, 102, 240]), [255, 1, 0]);
    }

    #[test]
    fn ten_bit_planes_are_narrowed() {
        let plane = |value: u16, count: usize, width| Plane::words(vec![value; count], width);
        let picture = Picture {
            width: 2,
            height: 2,
            depth: 10,
            shift_x: 1,
            shift_y: 1,
            planes: [plane(940, 4, 2), plane(512, 1, 1), plane(512, 1, 1)],
            color: ColorHint::default(),
        };
        assert_eq!(rgb_from_yuv(&picture, ColorHint::default()).unwrap().pixel(1, 1), [255, 255, 255]);
    }
}
