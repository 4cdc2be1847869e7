//! Picture formats that this crate decodes.

use oz_core::media::MediaType;

/// A picture format with a decoder. Matches on it are exhaustive, so that a new format is not read as another
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureFormat {
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
}

impl PictureFormat {
    /// Picture format of a container format; `None` without a decoder for it.
    pub(crate) fn of(media_type: MediaType) -> Option<Self> {
        match media_type {
            MediaType::Jpeg => Some(Self::Jpeg),
            MediaType::Png => Some(Self::Png),
            MediaType::WebP => Some(Self::WebP),
            MediaType::Gif => Some(Self::Gif),
            MediaType::Bmp => Some(Self::Bmp),
            _ => None,
        }
    }

    pub(crate) fn media_type(self) -> MediaType {
        match self {
            Self::Jpeg => MediaType::Jpeg,
            Self::Png => MediaType::Png,
            Self::WebP => MediaType::WebP,
            Self::Gif => MediaType::Gif,
            Self::Bmp => MediaType::Bmp,
        }
    }

    /// Codec name, as in [`MediaInfo::codec`](oz_core::media::MediaInfo::codec).
    pub(crate) fn codec(self) -> &'static str {
        self.media_type().name()
    }
}
