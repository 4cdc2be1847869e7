//! The seam to whoever turns bytes into pictures.

use std::fmt::Debug;

use super::{DecodeLimits, Frame, MediaBytes, MediaInfo, MediaType};
use crate::Result;

/// Opens media of the formats that it recognises.
///
/// - `sniff` looks at content only and never fails.
/// - `open` checks every limit that the headers allow to check before it takes memory for pictures.
/// - Damaged, hostile or unsupported input gives a typed error in bounded time; nothing panics, nothing hangs.
pub trait MediaDecoder: Debug + Send + Sync {
    /// Name of the decoder, lowercase, e.g. `image` or `ffmpeg`.
    fn name(&self) -> &'static str;

    /// The format, if this decoder takes it. `head` is the beginning of the file (4 KiB are enough), or all of it.
    fn sniff(&self, head: &[u8]) -> Option<MediaType>;

    /// Starts decoding.
    ///
    /// # Errors
    /// `media.empty`, `media.unsupported_type`, `media.unsupported_codec`, `media.truncated`, `media.corrupt`,
    /// `media.limit_exceeded`.
    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>>;
}

/// The pictures of one media file, in presentation order, decoded as they are asked for.
pub trait FrameSource: Send {
    /// What the headers say.
    fn info(&self) -> &MediaInfo;

    /// The next upright picture; `None` after the last one, and from then on.
    ///
    /// A damaged file gives the frames that can be decoded, then the error. After an error the source is at its end.
    ///
    /// # Errors
    /// `media.truncated`, `media.corrupt`, `media.limit_exceeded`, `media.unsupported_codec`, `media.no_frames`.
    fn next_frame(&mut self) -> Result<Option<Frame>>;
}
