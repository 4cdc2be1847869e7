//! Conversions between pictures and arrays of the crate `ndarray`, shape `[height, width, 3]`.

use ndarray::{Array3, ArrayView3};

use super::Image;
use crate::{Error, Result};

impl Image {
    /// Pixels as an array of shape `[height, width, 3]`, without a copy.
    ///
    /// # Panics
    /// Never: the buffer of an image fits its size.
    #[must_use]
    pub fn as_array(&self) -> ArrayView3<'_, u8> {
        let shape = (self.height() as usize, self.width() as usize, 3);
        ArrayView3::from_shape(shape, self.pixels()).expect("the buffer fits the size")
    }

    /// Wraps an array of shape `[height, width, 3]`, red first. An array in standard layout is not copied.
    ///
    /// # Errors
    /// `media.invalid_image` for another number of channels, or when a side is zero or exceeds `u32::MAX`.
    pub fn from_array(array: Array3<u8>) -> Result<Self> {
        let (height, width, channels) = array.dim();
        let (Ok(w), Ok(h), 3) = (u32::try_from(width), u32::try_from(height), channels) else {
            let (expected, actual) = (width as u64 * height as u64 * 3, array.len() as u64);
            return Err(Error::MediaInvalidImage {
                width: width as u32,
                height: height as u32,
                expected,
                actual,
            });
        };

        let is_whole = array.is_standard_layout();
        let (values, offset) =
            if is_whole { array.into_raw_vec_and_offset() } else { (array.iter().copied().collect(), None) };
        let start = offset.unwrap_or(0);
        let pixels = if start == 0 { values } else { values[start..].to_vec() };
        Self::from_rgb(w, h, pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_and_images_hold_the_same_pixels() {
        let image = Image::from_fn(3, 2, |x, y| [x as u8, y as u8, 9]);
        assert_eq!(image.as_array()[[1, 2, 0]], 2);
        assert_eq!(Image::from_array(image.as_array().to_owned()).unwrap(), image);
    }

    #[test]
    fn transposed_and_sliced_arrays_are_copied_in_order() {
        let image = Image::from_fn(4, 3, |x, y| [x as u8, y as u8, 9]);
        let turned = image.as_array().permuted_axes([1, 0, 2]).to_owned();
        let turned = Image::from_array(turned.permuted_axes([1, 0, 2])).unwrap();
        assert_eq!(turned, image);
        let part = image.as_array().slice_move(ndarray::s![1.., 1..3, ..]).to_owned();
        assert_eq!(Image::from_array(part).unwrap().pixel(0, 0), [1, 1, 9]);
        let lower = image.as_array().to_owned().slice_move(ndarray::s![1.., .., ..]);
        assert_eq!(Image::from_array(lower).unwrap().pixel(3, 1), [3, 2, 9]);
    }

    #[test]
    fn other_numbers_of_channels_are_refused() {
        for array in [Array3::<u8>::zeros((2, 2, 4)), Array3::zeros((0, 2, 3))] {
            assert_eq!(Image::from_array(array).unwrap_err().code(), "media.invalid_image");
        }
    }
}
