//! Video codecs behind one trait.
//!
//! Invariant: every sequence header, wherever it occurs in the stream, is checked against the limits before
//! the third-party decoder receives it. Pictures belong to the sample they were decoded from, so presentation
//! times come from the container alone.

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

/// Decoder of samples in decoding order.
pub(crate) trait PictureDecoder: Send {
    /// Decodes one sample. Most samples yield one picture; those that only update decoder state yield none.
    ///
    /// # Errors
    /// `media.corrupt` for a sample that cannot be decoded; the next sample may be tried.
    /// `media.unsupported_codec` and `media.limit_exceeded` are final.
    fn decode(&mut self, sample: &[u8], budget: &Budget) -> Result<Vec<Picture>>;
}

/// Creates the decoder for `track`.
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
