//! Images and animations: JPEG, PNG, WebP, GIF and BMP.
//!
//! Invariant: the size in the header is checked before pixels are allocated; a truncated file is an error.

mod animation;
mod complete;
mod format;
mod gif_blocks;
mod jpeg;
mod still;

use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, Image, MediaBytes, MediaType};
use oz_core::{Error, Result};

pub(crate) use self::format::PictureFormat;
use crate::budget::Budget;
use crate::sniff;

/// In-process decoder of images; animations are decoded as videos.
///
/// The EXIF orientation is applied. Grey, CMYK and samples of more than eight bits are converted to 8-bit
/// RGB. Transparent pixels are blended over white without gamma correction. Embedded colour profiles are
/// ignored: samples are interpreted as sRGB.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImageDecoder;

impl MediaDecoder for ImageDecoder {
    fn name(&self) -> &'static str {
        "image"
    }

    fn sniff(&self, head: &[u8]) -> Option<MediaType> {
        sniffed(head).map(PictureFormat::media_type)
    }

    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>> {
        let format = sniffed(&media).ok_or_else(|| sniff::refusal(&media))?;
        let mut budget = Budget::new(limits, media.len())?;
        if let Some(animation) = budget.timed(|budget| animation::open(format, &media, budget))? {
            return Ok(animation);
        }

        let still = budget.timed(|budget| still::decode(format, &media, budget))?;
        Ok(Box::new(still))
    }
}

fn sniffed(head: &[u8]) -> Option<PictureFormat> {
    sniff::media_type(head).and_then(PictureFormat::of)
}

/// Decodes the picture in `media`, or the first frame of an animation.
pub(crate) fn decode_still(format: PictureFormat, media: &MediaBytes, budget: &Budget) -> Result<Image> {
    still::decode(format, media, budget)?.into_image().ok_or(Error::MediaNoFrames)
}

/// Maps a decoder error to `media.truncated` if an unexpected end of file caused it, else to `media.corrupt`.
pub(crate) fn decoding_error(name: &str, error: &(dyn std::error::Error + 'static)) -> Error {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let early = inner
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof);
        if early {
            return Error::truncated(format!("the {name} data ends early; send the complete file"));
        }
        cause = inner.source();
    }
    Error::corrupt(format!("{name}: {error}"))
}
