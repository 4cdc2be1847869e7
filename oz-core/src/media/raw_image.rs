//! Pixels in the memory of an application.

use std::fmt;

use super::Image;
use crate::{Error, Result};

/// Layout of pixels in memory: interleaved channels of eight bits, or a luma plane with subsampled chroma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PixelFormat {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha; alpha is ignored.
    Rgba,
    /// Blue, green, red, as in OpenCV.
    Bgr,
    /// Blue, green, red, alpha; alpha is ignored.
    Bgra,
    /// Luma only, 0 black to 255 white.
    Gray,
    /// Plane of luma, then one of interleaved U and V at half the width and height, rounded up; BT.601, limited range (luma
    /// 16..=235), as cameras of phones give it.
    Nv12,
}

/// Upright picture in a buffer of the application. `Debug` shows only format and size.
///
/// ```
/// use oz_core::media::{PixelFormat, RawImage};
///
/// // One blue pixel as OpenCV holds it, in a row padded to 4 bytes.
/// let raw = RawImage::new(PixelFormat::Bgr, 1, 1, vec![255, 0, 0, 0]).with_stride(4);
/// assert_eq!(raw.to_image()?.pixel(0, 0), [0, 0, 255]);
/// assert_eq!(RawImage::new(PixelFormat::Rgb, 2, 2, vec![0; 3]).to_image().unwrap_err().code(), "media.invalid_image");
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawImage {
    format: PixelFormat,
    width: u32,
    height: u32,
    stride: Option<usize>,
    bytes: Vec<u8>,
}

impl RawImage {
    /// Describes a buffer without padding between rows. Sizes are checked by [`RawImage::to_image`].
    #[must_use]
    pub fn new(format: PixelFormat, width: u32, height: u32, bytes: Vec<u8>) -> Self {
        Self { format, width, height, stride: None, bytes }
    }

    /// Sets the distance between the starts of two rows, in bytes; for NV12 of both planes.
    #[must_use]
    pub fn with_stride(self, stride: usize) -> Self {
        Self { stride: Some(stride), ..self }
    }

    /// Converts the pixels to RGB.
    ///
    /// # Errors
    /// `media.invalid_image` when a side is zero, a row is longer than the stride, or the buffer is too short.
    pub fn to_image(&self) -> Result<Image> {
        let (width, height) = (self.width as usize, self.height as usize);
        let row = self.row_bytes();
        let stride = self.stride.unwrap_or(row);
        // The last row need not be padded. An overflow asks for more bytes than any buffer holds.
        let rows = height + self.chroma_rows();
        let needed = rows.saturating_sub(1).saturating_mul(stride).saturating_add(row);
        if width == 0 || height == 0 || stride < row || self.bytes.len() < needed {
            return Err(self.invalid(needed));
        }

        let mut pixels = Vec::with_capacity(width * height * 3);
        for (y, line) in self.bytes.chunks(stride).take(height).enumerate() {
            match self.format {
                PixelFormat::Rgb => pixels.extend_from_slice(&line[..row]),
                PixelFormat::Bgr => {
                    pixels.extend(line[..row].chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]]));
                }
                PixelFormat::Rgba => {
                    pixels.extend(line[..row].chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]));
                }
                PixelFormat::Bgra => {
                    pixels.extend(line[..row].chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]]));
                }
                PixelFormat::Gray => pixels.extend(line[..row].iter().flat_map(|luma| [*luma; 3])),
                PixelFormat::Nv12 => {
                    let chroma = &self.bytes[(height + y / 2) * stride..];
                    let pairs = chroma.chunks_exact(2).flat_map(|uv| [uv, uv]);
                    pixels.extend(
                        line[..width].iter().zip(pairs).flat_map(|(luma, uv)| rgb(*luma, uv[0], uv[1])),
                    );
                }
            }
        }
        Image::from_rgb(self.width, self.height, pixels)
    }

    /// Bytes of one row without padding. A chroma row of NV12 holds whole pairs, so an odd width is rounded up.
    fn row_bytes(&self) -> usize {
        let width = self.width as usize;
        match self.format {
            PixelFormat::Rgb | PixelFormat::Bgr => width * 3,
            PixelFormat::Rgba | PixelFormat::Bgra => width * 4,
            PixelFormat::Gray => width,
            PixelFormat::Nv12 => width.next_multiple_of(2),
        }
    }

    fn chroma_rows(&self) -> usize {
        match self.format {
            PixelFormat::Nv12 => (self.height as usize).div_ceil(2),
            _ => 0,
        }
    }

    fn invalid(&self, needed: usize) -> Error {
        let (expected, actual) = (needed as u64, self.bytes.len() as u64);
        Error::MediaInvalidImage { width: self.width, height: self.height, expected, actual }
    }
}

/// BT.601, limited range, in 16.16 fixed point.
fn rgb(luma: u8, u: u8, v: u8) -> [u8; 3] {
    let y = (i32::from(luma) - 16) * 76_309;
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    let channel = |value: i32| ((value + 32_768) >> 16).clamp(0, 255) as u8;
    [channel(y + v * 104_597), channel(y - u * 25_675 - v * 53_279), channel(y + u * 132_201)]
}

impl fmt::Debug for RawImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawImage({:?}, {} x {})", self.format, self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: PixelFormat, bytes: &[u8], expected: [u8; 3]) {
        let image = RawImage::new(format, 1, 1, bytes.to_vec()).to_image().unwrap();
        assert_eq!(image.pixel(0, 0), expected, "{format:?}");
    }

    #[test]
    fn channels_are_reordered() {
        check(PixelFormat::Rgb, &[1, 2, 3], [1, 2, 3]);
        check(PixelFormat::Bgr, &[1, 2, 3], [3, 2, 1]);
        check(PixelFormat::Rgba, &[1, 2, 3, 9], [1, 2, 3]);
        check(PixelFormat::Bgra, &[1, 2, 3, 9], [3, 2, 1]);
        check(PixelFormat::Gray, &[7], [7, 7, 7]);
    }

    #[test]
    fn nv12_white_black_and_red_are_converted() {
        check(PixelFormat::Nv12, &[235, 0, 128, 128], [255, 255, 255]);
        check(PixelFormat::Nv12, &[16, 0, 128, 128], [0, 0, 0]);
        check(PixelFormat::Nv12, &[81, 0, 90, 240], [254, 0, 0]);
    }

    #[test]
    fn nv12_of_odd_size_uses_rounded_chroma() {
        let (width, height) = (3, 3);
        let mut bytes = vec![100; 4 * 3];
        bytes.extend([128; 4 * 2]);
        let image = RawImage::new(PixelFormat::Nv12, width, height, bytes).to_image().unwrap();
        assert_eq!((image.width(), image.height()), (3, 3));
        assert_eq!(image.pixel(2, 2), [98, 98, 98]);
    }

    #[test]
    fn buffers_that_do_not_fit_are_refused() {
        for (format, width, height, bytes, stride) in [
            (PixelFormat::Rgb, 2, 2, 11, None),
            (PixelFormat::Rgb, 0, 2, 0, None),
            (PixelFormat::Rgba, 2, 1, 8, Some(7)),
            (PixelFormat::Nv12, 2, 2, 5, None),
            (PixelFormat::Gray, u32::MAX, u32::MAX, 16, Some(usize::MAX)),
        ] {
            let raw = RawImage::new(format, width, height, vec![0; bytes]);
            let raw = stride.map_or(raw.clone(), |stride| raw.with_stride(stride));
            assert_eq!(raw.to_image().unwrap_err().code(), "media.invalid_image", "{raw:?}");
        }
    }

    #[test]
    fn padding_between_rows_is_skipped() {
        let raw = RawImage::new(PixelFormat::Gray, 1, 2, vec![5, 0, 0, 6]).with_stride(3);
        assert_eq!(raw.to_image().unwrap().pixels(), [5, 5, 5, 6, 6, 6]);
    }
}
