//! Reasons for which an analysis has no outcome.

use thiserror::Error;

use crate::Error;
use crate::folder::{AnalysisKind, MediaId};
use crate::storage::Failure;

/// Reason for which an analysis fails. The texts name the media.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JudgementError {
    /// The media could not be examined.
    #[error("{media:?} could not be examined: {}", failure.message)]
    Examination {
        /// ID of the media.
        media: MediaId,
        /// Failure of the examination, whose code is that of this error.
        failure: Failure,
    },
    /// The media shows no face.
    #[error("no face found on {media:?}")]
    NoFace {
        /// ID of the media.
        media: MediaId,
    },
    /// No feature vector was extracted from the media.
    #[error("no feature vector for {media:?}")]
    NoFeatures {
        /// ID of the media.
        media: MediaId,
    },
    /// Fewer suitable media than the kind of analysis requires.
    #[error("{} requires at least {required} media", kind.name())]
    TooFewMedia {
        /// Kind of the analysis.
        kind: AnalysisKind,
        /// Minimum number of media.
        required: usize,
    },
    /// No judge for the kind of the analysis.
    #[error("no judge for analyses of kind {}", kind.name())]
    NoJudge {
        /// Kind of the analysis.
        kind: AnalysisKind,
    },
    /// Any other error of a judge, such as feature vectors that cannot be compared.
    #[error(transparent)]
    Other(#[from] Error),
}

impl JudgementError {
    /// Stable code of the error.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Examination { failure, .. } => &failure.code,
            Self::NoFace { .. } => Failure::NO_FACE,
            Self::NoFeatures { .. } => Failure::NO_FEATURES,
            Self::TooFewMedia { .. } => Failure::TOO_FEW_MEDIA,
            Self::NoJudge { .. } => Failure::NO_JUDGE,
            Self::Other(error) => error.code(),
        }
    }
}

impl From<JudgementError> for Failure {
    fn from(error: JudgementError) -> Self {
        Self { code: error.code().into(), message: error.to_string() }
    }
}
