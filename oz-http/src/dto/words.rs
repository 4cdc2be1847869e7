//! Wire names of domain enums.

use std::borrow::Cow;

use oz_core::folder::judgement::JudgementError;
use oz_core::folder::{
    AnalysisKind, AnalysisState, AnalysisStatus, CustomKind, FolderStatus, FolderVerdict, Resolution,
};
use oz_core::media::MediaKind;
use oz_core::storage::Failure;
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

/// Wire name of a kind of analysis. That of a custom kind is its name in capitals.
pub(crate) fn kind_word(kind: AnalysisKind) -> Cow<'static, str> {
    match kind {
        AnalysisKind::Liveness => "QUALITY".into(),
        AnalysisKind::Matching => "BIOMETRY".into(),
        AnalysisKind::Search => "COLLECTION".into(),
        AnalysisKind::Custom(kind) => kind.name().to_ascii_uppercase().into(),
    }
}

/// Parses the wire name of a built-in kind or of one of the `custom` kinds, case-insensitively.
pub(crate) fn read_kind(word: &str, custom: &[CustomKind]) -> Option<AnalysisKind> {
    let custom = custom.iter().copied().map(AnalysisKind::Custom);
    let mut kinds = AnalysisKind::BUILT_IN.iter().copied().chain(custom);
    kinds.find(|kind| kind_word(*kind).eq_ignore_ascii_case(word))
}

/// Failure of an analysis, in the words of the Oz API where it has its own.
pub(crate) fn failure(error: JudgementError) -> Failure {
    match error {
        JudgementError::NoFace { media } => {
            let message = format!("no face located on source media {media}");
            Failure { code: error.code().into(), message }
        }
        error => error.into(),
    }
}

/// UNIX time in seconds.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use oz_core::system::Uuid;

    use super::*;

    #[test]
    fn missing_face_is_worded_as_by_the_oz_api() {
        let failure = failure(JudgementError::NoFace { media: Uuid::from_u128(9).into() });
        assert_eq!(failure.code, "analysis.no_face");
        assert_eq!(failure.message, "no face located on source media 00000000-0000-0000-0000-000000000009");
    }
}
