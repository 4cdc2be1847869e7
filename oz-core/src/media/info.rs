//! Properties of a media file that are known before its frames are decoded.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Orientation;

/// Kind of media: relation of its pictures to each other.
///
/// Exhaustive, so that code that presents or stores media must decide on each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A single picture.
    Image,
    /// Frames of one camera with presentation times.
    Video,
    /// Ordered pictures without times, e.g. a ZIP of frames. Decoders assign made-up times.
    ShotSet,
}

/// Container format, detected from the content, never from the file name.
///
/// ```
/// use oz_core::media::{MediaKind, MediaType};
///
/// let found = MediaType::Matroska;
/// assert_eq!((found.name(), found.mime(), found.extension()), ("matroska", "video/x-matroska", "webm"));
/// assert_eq!(found.kind(), MediaKind::Video);
/// ```
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
    /// Lowercase name of the format, for messages and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Mp4 => "mp4",
            Self::Matroska => "matroska",
            Self::Zip => "zip",
            Self::OtherVideo => "other_video",
            Self::Decoded => "decoded",
        }
    }

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

    /// File extension without a dot. `webm` for Matroska, whose subset WebM is what browsers play.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Mp4 => "mp4",
            Self::Matroska => "webm",
            Self::Zip => "zip",
            Self::OtherVideo | Self::Decoded => "bin",
        }
    }

    /// Kind of media that the format is made for. A picture format may hold an animation, which decodes as a
    /// video, and decoded frames may be of any kind: [`MediaInfo::kind`] is the kind of one file.
    #[must_use]
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::WebP | Self::Gif | Self::Bmp | Self::Decoded => MediaKind::Image,
            Self::Mp4 | Self::Matroska | Self::OtherVideo => MediaKind::Video,
            Self::Zip => MediaKind::ShotSet,
        }
    }

    /// Whether files of the format are pictures, still or animated.
    #[must_use]
    pub fn is_picture(self) -> bool {
        self != Self::Decoded && self.kind() == MediaKind::Image
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_kinds_and_mime_types_agree() {
        use MediaType::{Bmp, Decoded, Gif, Jpeg, Matroska, Mp4, OtherVideo, Png, WebP, Zip};

        for media_type in [Jpeg, Png, WebP, Gif, Bmp, Mp4, Matroska, Zip, OtherVideo, Decoded] {
            let (kind, mime) = (media_type.kind(), media_type.mime());
            assert_eq!(media_type.is_picture(), mime.starts_with("image/"), "{media_type:?}");
            assert!(!mime.starts_with("video/") || kind == MediaKind::Video, "{media_type:?}");
            assert_eq!(media_type.name(), media_type.name().to_ascii_lowercase());
        }
    }
}
