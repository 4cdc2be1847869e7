//! Properties of a media file that are known before its frames are decoded.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Orientation;

/// Kind of media: relation of its pictures to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaKind {
    /// A single picture.
    Image,
    /// Frames of one camera with presentation times.
    Video,
    /// Ordered pictures without times, e.g. a ZIP of frames. Decoders assign made-up times.
    ShotSet,
}

/// Container format, detected from the content, never from the file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is the name of a format")]
#[non_exhaustive]
pub enum MediaType {
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
    /// ISO base media file format: MP4, MOV, 3GP and related.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// A ZIP archive of pictures.
    Zip,
    /// Video container that only an external program can read.
    OtherVideo,
    /// No container: frames decoded by the caller.
    Decoded,
}

impl MediaType {
    /// IANA media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Mp4 => "video/mp4",
            Self::Matroska => "video/x-matroska",
            Self::Zip => "application/zip",
            Self::OtherVideo | Self::Decoded => "application/octet-stream",
        }
    }
}

/// Properties stated by the headers of a media file. Not verified: the frames may differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MediaInfo {
    /// Container format.
    pub media_type: MediaType,
    /// Relation of the pictures to each other.
    pub kind: MediaKind,
    /// Codec name, e.g. `h264`, `jpeg`.
    pub codec: String,
    /// Width in pixels of the upright picture, if the headers state it.
    pub width: Option<u32>,
    /// Height in pixels of the upright picture, if the headers state it.
    pub height: Option<u32>,
    /// Stated duration; `None` for stills, shot sets and live recordings.
    pub duration: Option<Duration>,
    /// Stated number of frames.
    pub frames: Option<u64>,
    /// Transform that was applied to the stored pictures to make them upright.
    pub orientation: Orientation,
    /// Name of the decoder that opened the media.
    pub decoder: &'static str,
}
