//! Transforms from stored to upright pictures.

use serde::{Deserialize, Serialize};

use super::Image;

/// Transform that makes a stored picture upright: the eight orientations of EXIF 2.32, tag 274.
///
/// Angles are clockwise: `Rotate90` turns the stored picture by a quarter to the right.
///
/// ```
/// use oz_core::media::{Image, Orientation};
///
/// let stored = Image::from_fn(3, 2, |x, _| [x as u8; 3]);
/// let upright = Orientation::from_exif(6).apply(stored);
/// assert_eq!((upright.width(), upright.height()), (2, 3));
/// assert_eq!(upright.pixel(0, 2), [2; 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is the name of a transform")]
pub enum Orientation {
    #[default]
    Upright,
    FlipHorizontal,
    Rotate180,
    FlipVertical,
    Transpose,
    Rotate90,
    Transverse,
    Rotate270,
}

/// Number of output columns that are processed together.
const STRIP: usize = 64;

impl Orientation {
    /// Orientation of an EXIF value, 1..=8; any other value is [`Orientation::Upright`].
    #[must_use]
    pub fn from_exif(value: u32) -> Self {
        match value {
            2 => Self::FlipHorizontal,
            3 => Self::Rotate180,
            4 => Self::FlipVertical,
            5 => Self::Transpose,
            6 => Self::Rotate90,
            7 => Self::Transverse,
            8 => Self::Rotate270,
            _ => Self::Upright,
        }
    }

    /// Whether the transform swaps width and height.
    #[must_use]
    pub fn swaps_sides(self) -> bool {
        matches!(self, Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270)
    }

    /// Width and height of the upright picture for a stored size.
    #[must_use]
    pub fn upright_size(self, width: u32, height: u32) -> (u32, u32) {
        if self.swaps_sides() { (height, width) } else { (width, height) }
    }

    /// Makes a stored picture upright.
    #[must_use]
    pub fn apply(self, stored: Image) -> Image {
        if self == Self::Upright {
            return stored;
        }

        let (width, height) = self.upright_size(stored.width(), stored.height());
        let source = stored.pixels();
        let row = stored.width() as isize * 3;
        let (last_x, last_y) = ((stored.width() as isize - 1) * 3, (stored.height() as isize - 1) * row);

        // Byte offset of the first upright pixel in the stored buffer, and the steps to the next pixel and
        // line.
        let (start, step_x, step_y) = match self {
            Self::Upright => (0, 3, row),
            Self::FlipHorizontal => (last_x, -3, row),
            Self::Rotate180 => (last_y + last_x, -3, -row),
            Self::FlipVertical => (last_y, 3, -row),
            Self::Transpose => (0, row, 3),
            Self::Rotate90 => (last_y, -row, 3),
            Self::Transverse => (last_y + last_x, -row, -3),
            Self::Rotate270 => (last_x, row, -3),
        };

        let mut pixels = vec![0; source.len()];
        let line = width as usize * 3;
        // Strip by strip, so that a quarter turn finds the stored lines of a strip in the cache.
        for strip in (0..line).step_by(STRIP * 3) {
            for (y, line) in pixels.chunks_exact_mut(line).enumerate() {
                let end = line.len().min(strip + STRIP * 3);
                let mut at = start + y as isize * step_y + (strip / 3) as isize * step_x;
                for pixel in line[strip..end].chunks_exact_mut(3) {
                    let stored = &source[at as usize..][..3];
                    pixel[0] = stored[0];
                    pixel[1] = stored[1];
                    pixel[2] = stored[2];
                    at += step_x;
                }
            }
        }

        Image::from_rgb(width, height, pixels).expect("the transform keeps the number of pixels")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 3 x 2 pixels that are numbered row by row.
    fn numbered() -> Image {
        Image::from_fn(3, 2, |x, y| [(y * 3 + x) as u8; 3])
    }

    fn check(orientation: Orientation, expected: &[u8]) {
        let turned = orientation.apply(numbered());
        let numbers: Vec<u8> = turned.pixels().chunks(3).map(|p| p[0]).collect();
        assert_eq!(numbers, expected, "{orientation:?}");
    }

    #[test]
    fn every_orientation_moves_pixels_as_in_exif() {
        check(Orientation::Upright, &[0, 1, 2, 3, 4, 5]);
        check(Orientation::FlipHorizontal, &[2, 1, 0, 5, 4, 3]);
        check(Orientation::Rotate180, &[5, 4, 3, 2, 1, 0]);
        check(Orientation::FlipVertical, &[3, 4, 5, 0, 1, 2]);
        check(Orientation::Transpose, &[0, 3, 1, 4, 2, 5]);
        check(Orientation::Rotate90, &[3, 0, 4, 1, 5, 2]);
        check(Orientation::Transverse, &[5, 2, 4, 1, 3, 0]);
        check(Orientation::Rotate270, &[2, 5, 1, 4, 0, 3]);
    }

    #[test]
    fn pictures_wider_than_a_strip_are_transformed() {
        let image = Image::from_fn(150, 70, |x, y| [x as u8, y as u8, 7]);
        let turned = Orientation::Rotate90.apply(image.clone());
        assert_eq!(turned.pixel(0, 0), image.pixel(0, 69));
        assert_eq!(turned.pixel(69, 149), image.pixel(149, 0));
        assert_eq!(Orientation::Rotate270.apply(turned), image);
        assert_eq!(Orientation::Transverse.apply(Orientation::Transverse.apply(image.clone())), image);
    }
}
