//! Decoders of coded pictures behind one trait.
//!
//! Invariant: a header is measured against the limits before the third-party decoder sees it, wherever in the stream it
//! stands. A picture belongs to the sample that was handed in, so presentation times come from the container alone.

mod av1;
mod h264;
mod hevc;
mod units;
mod vp8;
mod vp9;

use oz_core::Result;

use super::picture::Picture;
use super::track::{Codec, Track};
use crate::budget::Budget;

/// Turns samples, in decoding order, into pictures.
pub(crate) trait PictureDecoder: Send {
    /// The pictures of one sample: none when it only prepares others, seldom more than one.
    ///
    /// # Errors
    /// `media.corrupt` for a sample that cannot be decoded: the next may be tried. `media.unsupported_codec` and
    /// `media.limit_exceeded` are final.
    fn decode(&mut self, sample: &[u8], budget: &Budget) -> Result<Vec<Picture>>;
}

/// The decoder for `track`.
///
/// # Errors
/// `media.corrupt`, `media.unsupported_codec`, `media.limit_exceeded` from the decoder configuration.
pub(crate) fn decoder(track: &Track, budget: &Budget) -> Result<Box<dyn PictureDecoder>> {
    Ok(match track.codec {
        Codec::H264 => Box::new(h264::H264::new(&track.config, budget)?),
        Codec::Hevc => Box::new(hevc::Hevc::new(&track.config, budget)?),
        Codec::Vp8 => Box::new(vp8::Vp8::new()),
        Codec::Vp9 => Box::new(vp9::Vp9::new()),
        Codec::Av1 => Box::new(av1::Av1::new(&track.config, budget)?),
    })
}
