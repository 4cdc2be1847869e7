//! How much a media file may ask for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds on what is decoded, checked before memory is taken.
///
/// The defaults fit a phone's photos and videos: a 4K frame, a minute of video, a burst of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DecodeLimits {
    /// Size of the input in bytes.
    pub bytes: u64,
    /// Pixels of one stored picture (width x height).
    pub pixels: u64,
    /// Longer side of one picture in pixels.
    pub side: u32,
    /// Number of frames of a video or animation.
    pub frames: u64,
    /// Presentation time of the last frame.
    pub duration: Duration,
    /// Entries of an archive, the ones that are not pictures included.
    pub archive_entries: u64,
    /// Bytes of all entries of an archive after unpacking.
    pub unpacked_bytes: u64,
    /// Wall-clock time that decoding one media file may take.
    pub decode_time: Duration,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            pixels: 64_000_000,
            side: 16_384,
            frames: 9_000,
            duration: Duration::from_secs(300),
            archive_entries: 1_000,
            unpacked_bytes: 512 << 20,
            decode_time: Duration::from_secs(300),
        }
    }
}
