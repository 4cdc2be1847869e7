//! Encoding of images as PNG, JPEG and animated GIF.

use std::time::Duration;

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::png::PngEncoder;
use image::{Delay, DynamicImage, ExtendedColorType, Frame, ImageEncoder as _, ImageResult, RgbImage};
use jpeg_encoder::{ColorType, SamplingFactor};
use oz_core::media::Image;
use oz_core::{Error, Result};

/// Encodes `image` as PNG, lossless.
///
/// # Errors
/// `input.invalid_value` when the image is larger than the format allows.
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

/// Encodes `image` as JPEG with `quality` 1..=100; values outside are clamped.
///
/// Chroma keeps full resolution (4:4:4), so that a later comparison does not depend on the stored format.
///
/// # Errors
/// `input.invalid_value` when a side is longer than 65535 pixels.
pub fn encode_jpeg(image: &Image, quality: u8) -> Result<Vec<u8>> {
    encode_sampled(image, quality, SamplingFactor::R_4_4_4)
}

/// Encodes `image` as a compact JPEG for display.
///
/// As [`encode_jpeg`], with chroma halved in both directions (4:2:0), which is hardly visible.
///
/// # Errors
/// As [`encode_jpeg`].
pub fn encode_preview(image: &Image, quality: u8) -> Result<Vec<u8>> {
    encode_sampled(image, quality, SamplingFactor::R_4_2_0)
}

fn encode_sampled(image: &Image, quality: u8, sampling: SamplingFactor) -> Result<Vec<u8>> {
    let side = |side: u32| u16::try_from(side).map_err(|error| unencodable(&error));
    let (width, height) = (side(image.width())?, side(image.height())?);

    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_sampling_factor(sampling);
    let encoded = encoder.encode(image.pixels(), width, height, ColorType::Rgb);
    encoded.map_err(|error| unencodable(&error))?;
    Ok(bytes)
}

/// Encodes `pictures` of one size as an endlessly looping GIF; each is shown for `delay`.
///
/// # Errors
/// `input.invalid_value` when `pictures` is empty or one is larger than the format allows.
pub fn encode_gif(pictures: &[Image], delay: Duration) -> Result<Vec<u8>> {
    if pictures.is_empty() {
        return Err(Error::InvalidValue {
            name: "animation",
            detail: "at least one picture is required".into(),
        });
    }

    encode(|out| {
        let mut encoder = GifEncoder::new_with_speed(out, GIF_SPEED);
        encoder.set_repeat(Repeat::Infinite)?;
        let delay = Delay::from_saturating_duration(delay);
        pictures.iter().try_for_each(|picture| {
            let pixels = picture.pixels().to_vec();
            let pixels = RgbImage::from_raw(picture.width(), picture.height(), pixels)
                .expect("pixel buffer matches the image size");
            encoder.encode_frame(Frame::from_parts(DynamicImage::ImageRgb8(pixels).into_rgba8(), 0, 0, delay))
        })
    })
}

/// Colour quantisation speed, from 1 (best quality) to 30 (fastest).
const GIF_SPEED: i32 = 10;

fn encode(write: impl FnOnce(&mut Vec<u8>) -> ImageResult<()>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match write(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(unencodable(&error)),
    }
}

fn unencodable(error: &dyn std::error::Error) -> Error {
    Error::InvalidValue { name: "image", detail: error.to_string() }
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
    fn gif_keeps_count_and_size_of_pictures() {
        let pictures = [10, 120, 240].map(|grey| Image::from_fn(20, 10, |_, _| [grey; 3]));
        let bytes = encode_gif(&pictures, Duration::from_millis(100)).unwrap();
        let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(bytes)).unwrap();
        let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().unwrap();
        assert_eq!(frames.iter().map(|frame| frame.buffer().dimensions()).collect::<Vec<_>>(), [(20, 10); 3]);

        assert!(
            frames.iter().zip([10u8, 120, 240]).all(|(f, g)| f.buffer().get_pixel(3, 3)[0].abs_diff(g) < 8)
        );
        assert_eq!(encode_gif(&[], Duration::ZERO).unwrap_err().code(), "input.invalid_value");
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
