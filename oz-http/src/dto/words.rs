//! The words of the Oz API for the closed sets of the domain.

use oz_core::folder::{AnalysisKind, AnalysisState, AnalysisStatus, FolderStatus, FolderVerdict, Resolution};
use oz_core::media::{MediaKind, MediaType};
use oz_core::system::Timestamp;

/// A set whose members have a word on the wire.
pub(crate) trait Word: Sized + Copy + 'static {
    /// Every member.
    const MEMBERS: &'static [Self];

    /// Its word.
    fn word(self) -> &'static str;

    /// The member of a word, whatever its case.
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

/// The `media_type` of media in a folder.
pub(crate) fn media_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Video => "VIDEO_FOLDER",
        MediaKind::ShotSet => "SHOTS_SET_FOLDER",
        _ => "IMAGE_FOLDER",
    }
}

/// The extension of a file's name.
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

/// Seconds since the epoch.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    time.as_secs_f64()
}
