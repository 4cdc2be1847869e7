//! Decoded pictures.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Result};

/// Upright sRGB picture with eight bits per channel, rows from top to bottom without padding.
///
/// Cheap to clone, as the pixels are shared. `Debug` shows only the size.
///
/// ```
/// use oz_core::media::Image;
///
/// // 2 pixels wide, 1 pixel high: red, green.
/// let image = Image::from_rgb(2, 1, vec![255, 0, 0, 0, 255, 0])?;
/// assert_eq!(image.pixel(1, 0), [0, 255, 0]);
/// assert_eq!(image.mirrored().pixel(0, 0), [0, 255, 0]);
/// assert_eq!(Image::from_rgb(2, 2, vec![0; 5]).unwrap_err().code(), "media.invalid_image");
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    pixels: Arc<Vec<u8>>,
}

impl Image {
    /// Wraps `pixels` of shape `[height, width, 3]`, row-major RGB in 0..=255.
    ///
    /// # Errors
    /// `media.invalid_image` when a side is zero or the buffer does not hold exactly `width * height * 3`
    /// bytes.
    pub fn from_rgb(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self> {
        let expected = u64::from(width) * u64::from(height) * 3;
        if expected == 0 || pixels.len() as u64 != expected {
            return Err(Error::MediaInvalidImage { width, height, expected, actual: pixels.len() as u64 });
        }
        Ok(Self { width, height, pixels: Arc::new(pixels) })
    }

    /// Builds a picture by calling `pixel(x, y)` for each pixel, row by row; for tests, masks and synthetic
    /// media.
    ///
    /// # Panics
    /// When a side is zero.
    pub fn from_fn(width: u32, height: u32, mut pixel: impl FnMut(u32, u32) -> [u8; 3]) -> Self {
        assert!(width > 0 && height > 0, "an image must have at least one pixel");
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
        for y in 0..height {
            for x in 0..width {
                pixels.extend_from_slice(&pixel(x, y));
            }
        }
        Self { width, height, pixels: Arc::new(pixels) }
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Pixels of shape `[height, width, 3]`, row-major RGB.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// RGB value at column `x`, row `y`.
    ///
    /// # Panics
    /// When the position lies outside the image.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        assert!(x < self.width && y < self.height, "pixel ({x}, {y}) lies outside {self:?}");
        let at = (y as usize * self.width as usize + x as usize) * 3;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// Mirrors the image left to right.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let row = self.width as usize * 3;
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for line in self.pixels.chunks_exact(row) {
            for pixel in line.rchunks_exact(3) {
                pixels.extend_from_slice(pixel);
            }
        }
        Self { pixels: Arc::new(pixels), ..*self }
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} x {})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffer_of_the_wrong_size_is_refused() {
        assert_eq!(Image::from_rgb(2, 2, vec![0; 11]).unwrap_err().code(), "media.invalid_image");
        assert_eq!(Image::from_rgb(0, 2, vec![]).unwrap_err().code(), "media.invalid_image");
    }

    #[test]
    fn mirroring_twice_changes_nothing() {
        let image = Image::from_fn(5, 3, |x, y| [x as u8, y as u8, 7]);
        assert_eq!(image.mirrored().pixel(0, 2), [4, 2, 7]);
        assert_eq!(image.mirrored().mirrored(), image);
    }

    #[test]
    fn debug_shows_no_pixels() {
        assert_eq!(format!("{:?}", Image::from_fn(4, 2, |_, _| [1, 2, 3])), "Image(4 x 2)");
    }
}
