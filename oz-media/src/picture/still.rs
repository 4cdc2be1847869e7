//! Single pictures, decoded on opening.

use std::io::Cursor;

use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder,
};
use image::metadata::Orientation as ExifOrientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageResult, Limits};
use oz_core::media::port::FrameSource;
use oz_core::media::{Frame, Image, MediaBytes, MediaInfo, MediaKind, Orientation};
use oz_core::{Error, LimitKind, Result};

use super::{PictureFormat, complete, decoding_error};
use crate::budget::Budget;
use crate::flatten;
use crate::guard::guarded;

/// Source of exactly one frame.
#[derive(Debug)]
pub(crate) struct Still {
    info: MediaInfo,
    /// `None` after the frame was returned.
    image: Option<Image>,
}

impl Still {
    /// Picture, unless it was already returned as a frame.
    pub(super) fn into_image(self) -> Option<Image> {
        self.image
    }
}

impl FrameSource for Still {
    fn info(&self) -> &MediaInfo {
        &self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.image.take().map(|image| Frame { image, time: std::time::Duration::ZERO, index: 0 }))
    }
}

/// Decodes the picture in `media`.
pub(crate) fn decode(format: PictureFormat, media: &MediaBytes, budget: &Budget) -> Result<Still> {
    let (stored, orientation) = guarded("image", || stored(format, media, budget))?;
    let image = orientation.apply(stored);
    let info = MediaInfo {
        media_type: format.media_type(),
        kind: MediaKind::Image,
        codec: format.codec().to_owned(),
        width: Some(image.width()),
        height: Some(image.height()),
        duration: None,
        frames: Some(1),
        orientation,
        decoder: "image",
    };
    Ok(Still { info, image: Some(image) })
}

/// Picture as stored, and the orientation to apply to it.
fn stored(format: PictureFormat, media: &MediaBytes, budget: &Budget) -> Result<(Image, Orientation)> {
    let name = format.codec();
    let mut decoder = header(format, media).map_err(|error| refusal(name, budget, &error))?;
    let (width, height) = decoder.dimensions();
    budget.ensure_size(width, height)?;
    complete::check(format, media)?;

    // A damaged EXIF block must not make the picture undecodable.
    let orientation = decoder.orientation().unwrap_or(ExifOrientation::NoTransforms);
    decoder.set_limits(allocation(budget)).map_err(|error| refusal(name, budget, &error))?;
    let pixels = DynamicImage::from_decoder(decoder).map_err(|error| refusal(name, budget, &error))?;
    let stored = Image::from_rgb(width, height, flatten::rgb_over_white(pixels))?;
    Ok((stored, Orientation::from_exif(u32::from(orientation.to_exif()))))
}

type Header = Box<dyn image::ImageDecoder>;

fn header(format: PictureFormat, media: &MediaBytes) -> ImageResult<Header> {
    let input = Cursor::new(media.clone());
    Ok(match format {
        PictureFormat::Jpeg => Box::new(JpegDecoder::new(input)?),
        PictureFormat::Png => Box::new(PngDecoder::new(input)?),
        PictureFormat::WebP => Box::new(WebPDecoder::new(input)?),
        PictureFormat::Gif => Box::new(GifDecoder::new(input)?),
        PictureFormat::Bmp => Box::new(BmpDecoder::new(input)?),
    })
}

fn allocation(budget: &Budget) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(budget.memory());
    limits
}

fn refusal(name: &str, budget: &Budget, error: &ImageError) -> Error {
    match error {
        ImageError::Limits(_) => {
            // Decoders do not report the requested memory, so the pixel limit it derives from is reported.
            let allowed = budget.limits().pixels;
            Error::MediaLimitExceeded { limit: LimitKind::Pixels, actual: allowed + 1, allowed }
        }
        ImageError::Unsupported(_) => Error::MediaUnsupportedCodec {
            codec: format!("variant of {name}; save the picture as baseline JPEG or PNG"),
        },
        other => decoding_error(name, other),
    }
}
