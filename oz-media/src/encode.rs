//! Pictures back into files.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageResult};
use oz_core::media::Image;
use oz_core::{Error, Result};

/// `image` as a PNG, without loss.
///
/// # Errors
/// `input.invalid_value` when the picture is larger than the format can hold.
pub fn encode_png(image: &Image) -> Result<Vec<u8>> {
    encode(|out| {
        PngEncoder::new(out).write_image(
            image.pixels(),
            image.width(),
            image.height(),
            ExtendedColorType::Rgb8,
        )
    })
}

/// `image` as a JPEG of `quality` 1..=100; values outside are brought into the range.
///
/// # Errors
/// `input.invalid_value` when a side is longer than 65535 pixels.
pub fn encode_jpeg(image: &Image, quality: u8) -> Result<Vec<u8>> {
    encode(|out| {
        JpegEncoder::new_with_quality(out, quality.clamp(1, 100)).write_image(
            image.pixels(),
            image.width(),
            image.height(),
            ExtendedColorType::Rgb8,
        )
    })
}

fn encode(write: impl FnOnce(&mut Vec<u8>) -> ImageResult<()>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match write(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(Error::InvalidValue { name: "image", detail: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use oz_core::media::DecodeLimits;

    use super::*;
    use crate::decode_image;

    #[test]
    fn png_keeps_every_pixel() {
        let image = Image::from_fn(17, 9, |x, y| [x as u8 * 10, y as u8 * 20, 99]);
        let bytes = encode_png(&image).unwrap();
        assert_eq!(decode_image(bytes, &DecodeLimits::default()).unwrap(), image);
    }

    #[test]
    fn jpeg_keeps_size_and_colour() {
        let image = Image::from_fn(33, 20, |_, _| [200, 100, 50]);
        let decoded = decode_image(encode_jpeg(&image, 90).unwrap(), &DecodeLimits::default()).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (33, 20));
        let close = decoded.pixel(16, 10).iter().zip([200u8, 100, 50]).all(|(&a, b)| a.abs_diff(b) < 4);
        assert!(close, "{:?}", decoded.pixel(16, 10));
    }
}
