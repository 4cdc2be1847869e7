//! Limits on the resources that decoding may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::system::period;

/// Limits of decoding, checked against the headers before memory is allocated.
///
/// Exceeding one is `media.limit_exceeded`. The defaults fit photos and videos of phones: 4K frames, minutes
/// of video, bursts of pictures.
///
/// ```
/// use oz_core::media::DecodeLimits;
///
/// let limits = DecodeLimits { bytes: 16 << 20, ..DecodeLimits::default() };
/// assert_eq!(limits.bytes, 16 * 1024 * 1024);
/// assert_eq!(limits.side, 16_384);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecodeLimits {
    /// Maximum size of the input in bytes. Default 256 MiB.
    pub bytes: u64,
    /// Maximum number of pixels of one stored picture, width x height. Default 64 million.
    pub pixels: u64,
    /// Maximum length in pixels of the longer side of one picture. Default 16384.
    pub side: u32,
    /// Maximum number of frames of a video or animation. Default 9000, 5 minutes at 30 frames per second.
    pub frames: u64,
    /// Maximum presentation time of the last frame. Default 5 minutes.
    #[serde(with = "period")]
    pub duration: Duration,
    /// Maximum number of entries of an archive, including those that are not pictures. Default 1000.
    pub archive_entries: u64,
    /// Maximum size in bytes of all entries of an archive after decompression. Default 512 MiB.
    pub unpacked_bytes: u64,
    /// Maximum wall-clock time for decoding one media file. Default 5 minutes.
    #[serde(with = "period")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_periods_and_unknown_keys_are_refused() {
        let limits: DecodeLimits = serde_json::from_str(r#"{"duration": "30s", "frames": 7}"#).unwrap();
        assert_eq!((limits.duration, limits.frames), (Duration::from_secs(30), 7));
        let text = serde_json::to_string(&limits).unwrap();
        assert!(text.contains(r#""decode_time":"5m""#), "{text}");
        assert_eq!(serde_json::from_str::<DecodeLimits>(&text).unwrap(), limits);

        for wrong in [r#"{"duration": 30}"#, r#"{"duration": "30"}"#, r#"{"durations": "30s"}"#] {
            assert!(serde_json::from_str::<DecodeLimits>(wrong).is_err(), "{wrong}");
        }
    }
}
