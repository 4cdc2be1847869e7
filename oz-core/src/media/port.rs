//! Ports of media decoders.

use std::fmt::Debug;

use super::{DecodeLimits, Frame, MediaBytes, MediaInfo, MediaType};
use crate::Result;

/// Decoder of one or several media formats.
///
/// - `sniff` looks at the content only and never fails.
/// - `open` checks all limits that the headers reveal before it allocates memory for pictures.
/// - Damaged, hostile or unsupported input gives a typed error in bounded time, never a panic.
pub trait MediaDecoder: Debug + Send + Sync {
    /// Name of the decoder, lowercase, e.g. `image` or `ffmpeg`.
    fn name(&self) -> &'static str;

    /// Detects the format; `None` if this decoder does not support it. `head` is the whole file or its
    /// beginning, of which 4 KiB suffice.
    fn sniff(&self, head: &[u8]) -> Option<MediaType>;

    /// Reads the headers and prepares decoding within `limits`.
    ///
    /// # Errors
    /// `media.empty`, `media.unsupported_type`, `media.unsupported_codec`, `media.truncated`,
    /// `media.corrupt`, `media.limit_exceeded`.
    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>>;
}

/// Frames of one media file in presentation order, decoded on demand.
pub trait FrameSource: Send {
    /// Properties stated by the headers.
    fn info(&self) -> &MediaInfo;

    /// Decodes the next upright frame. Returns `None` after the last one and on every later call.
    ///
    /// A damaged file gives the frames before the damage, then the error. After an error the source is at its
    /// end.
    ///
    /// # Errors
    /// `media.truncated`, `media.corrupt`, `media.limit_exceeded`, `media.unsupported_codec`,
    /// `media.no_frames`.
    fn next_frame(&mut self) -> Result<Option<Frame>>;
}
