//! Pictures and animations: JPEG, PNG, WebP, GIF, BMP.
//!
//! Invariant: the header's size is checked before pixels are allocated, and a file that ends early is said to.

mod animation;
mod complete;
mod gif_blocks;
mod jpeg;
mod still;

use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, Image, MediaBytes, MediaType};
use oz_core::{Error, Result};

use crate::budget::Budget;
use crate::sniff;

/// Decodes pictures, and animations as videos, in process.
///
/// EXIF orientation is applied. Deeper samples, grey and CMYK become RGB with eight bits; what is transparent is laid
/// over white, without regard to gamma. Embedded colour profiles are ignored: the samples are taken as sRGB.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImageDecoder;

impl MediaDecoder for ImageDecoder {
    fn name(&self) -> &'static str {
        "image"
    }

    fn sniff(&self, head: &[u8]) -> Option<MediaType> {
        sniff::media_type(head).filter(|found| {
            matches!(
                found,
                MediaType::Jpeg | MediaType::Png | MediaType::WebP | MediaType::Gif | MediaType::Bmp
            )
        })
    }

    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>> {
        let media_type = self.sniff(&media).ok_or_else(|| sniff::refusal(&media))?;
        let mut budget = Budget::new(limits, media.len())?;
        if let Some(animation) = budget.timed(|budget| animation::open(media_type, &media, budget))? {
            return Ok(animation);
        }
        let still = budget.timed(|budget| still::decode(media_type, &media, budget))?;
        Ok(Box::new(still))
    }
}

/// The picture in `media`; of an animation the first frame.
pub(crate) fn decode_still(media_type: MediaType, media: &MediaBytes, budget: &Budget) -> Result<Image> {
    still::decode(media_type, media, budget)?.into_image().ok_or(Error::MediaNoFrames)
}

/// Tells a file that ends early from one that contradicts itself.
pub(crate) fn decoding_error(name: &str, error: &(dyn std::error::Error + 'static)) -> Error {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let early = inner
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof);
        if early {
            return Error::truncated(format!("the {name} data ends early"));
        }
        cause = inner.source();
    }
    Error::corrupt(format!("{name}: {error}"))
}
