//! What is known of a media file before its frames are decoded.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Orientation;

/// How the pictures of a media file belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaKind {
    /// One picture.
    Image,
    /// Pictures in time, from one camera.
    Video,
    /// Pictures in order without times of their own, e.g. a ZIP of frames.
    ShotSet,
}

/// The container format, told by content and never by file name.
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
    /// ISO base media: MP4, MOV, 3GP and their kin.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// A ZIP archive of pictures.
    Zip,
    /// A video container that only an external program can read.
    OtherVideo,
    /// No container: frames that were decoded by the caller.
    Decoded,
}

impl MediaType {
    /// The IANA media type.
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

/// Facts that the headers of a media file state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MediaInfo {
    /// Container format.
    pub media_type: MediaType,
    /// How the pictures belong together.
    pub kind: MediaKind,
    /// Name of the coding, e.g. `h264`, `jpeg`.
    pub codec: String,
    /// Width in pixels of the upright picture, when the headers tell.
    pub width: Option<u32>,
    /// Height in pixels of the upright picture, when the headers tell.
    pub height: Option<u32>,
    /// Stated duration; absent for stills, shot sets and live recordings.
    pub duration: Option<Duration>,
    /// Stated number of frames.
    pub frames: Option<u64>,
    /// How the stored pictures were turned to become upright.
    pub orientation: Orientation,
    /// Name of the decoder that opened the media.
    pub decoder: &'static str,
}
