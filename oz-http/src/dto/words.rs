//! Wire names of domain enums.

use oz_core::folder::{AnalysisKind, AnalysisState, AnalysisStatus, FolderStatus, FolderVerdict, Resolution};
use oz_core::media::{MediaKind, MediaType};
use oz_core::system::Timestamp;

/// A domain enum whose variants have names on the wire.
pub(crate) trait Word: Sized + Copy + 'static {
    /// All variants.
    const MEMBERS: &'static [Self];

    /// Wire name of the variant.
    fn word(self) -> &'static str;

    /// Parses a wire name, case-insensitively.
    fn read(word: &str) -> Option<Self> {
        Self::MEMBERS.iter().copied().find(|member| member.word().eq_ignore_ascii_case(word))
    }
}

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        impl Word for $name {
            const MEMBERS: &'static [Self] = &[$(Self::$variant),+];
            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    )+};
}

words! {
    AnalysisKind { Liveness = "QUALITY", Matching = "BIOMETRY", Search = "COLLECTION" }
    AnalysisState { Processing = "PROCESSING", Finished = "FINISHED", Failed = "FAILED" }
    AnalysisStatus {
        Processing = "PROCESSING",
        Failed = "FAILED",
        Success = "SUCCESS",
        OperatorRequired = "OPERATOR_REQUIRED",
        Declined = "DECLINED",
    }
    Resolution { Success = "SUCCESS", OperatorRequired = "OPERATOR_REQUIRED", Declined = "DECLINED" }
    FolderStatus { Initial = "INITIAL", Processing = "PROCESSING", Finished = "FINISHED", Failed = "FAILED" }
    FolderVerdict {
        Initial = "INITIAL",
        Processing = "PROCESSING",
        Success = "SUCCESS",
        OperatorRequired = "OPERATOR_REQUIRED",
        Declined = "DECLINED",
        Failed = "FAILED",
    }
}

/// Wire name of a kind of media in a folder.
pub(crate) fn media_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Video => "VIDEO_FOLDER",
        MediaKind::ShotSet => "SHOTS_SET_FOLDER",
        _ => "IMAGE_FOLDER",
    }
}

/// File extension of a media type, without a dot.
pub(crate) fn extension(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Jpeg => "jpg",
        MediaType::Png => "png",
        MediaType::WebP => "webp",
        MediaType::Gif => "gif",
        MediaType::Bmp => "bmp",
        MediaType::Mp4 => "mp4",
        MediaType::Matroska => "webm",
        MediaType::Zip => "zip",
        _ => "bin",
    }
}

/// UNIX time in seconds.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    time.as_secs_f64()
}
