//! Wire names of domain enums.

use oz_core::folder::{AnalysisKind, AnalysisState, AnalysisStatus, FolderStatus, FolderVerdict, Resolution};
use oz_core::media::MediaKind;
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
    MediaKind { Image = "IMAGE_FOLDER", Video = "VIDEO_FOLDER", ShotSet = "SHOTS_SET_FOLDER" }
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

/// UNIX time in seconds.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    time.as_secs_f64()
}
