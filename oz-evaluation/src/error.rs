//! Errors of evaluations.

use std::path::PathBuf;

/// Result of an evaluation.
pub type Result<T> = std::result::Result<T, Error>;

/// Failure of an evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The library failed.
    #[error(transparent)]
    Oz(#[from] oz::Error),
    /// A table of files, such as a manifest, is not usable.
    #[error("the table {} is not valid{}: {detail}", path.display(), line.map_or(String::new(), |line| format!(", line {line}")))]
    Table {
        /// Path of the table.
        path: PathBuf,
        /// Line, from 1, when the problem is in one.
        line: Option<u64>,
        /// Problem, in words.
        detail: String,
    },
}

impl Error {
    /// Stable name of the failure, `area.reason`; see `docs/errors.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Oz(error) => error.code(),
            Self::Table { .. } => "input.invalid_table",
        }
    }

    /// Whether the input is at fault rather than the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Oz(error) => error.is_input(),
            Self::Table { .. } => true,
        }
    }

    /// Message with all causes, outermost first, separated by `: `.
    #[must_use]
    pub fn chain(&self) -> String {
        match self {
            Self::Oz(error) => error.chain(),
            Self::Table { .. } => self.to_string(),
        }
    }

    /// Error of a setting that cannot be used.
    pub(crate) fn config(detail: impl Into<String>) -> Self {
        Self::Oz(oz::Error::Config { detail: detail.into() })
    }

    /// Error of a file that cannot be read or written.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Oz(oz::Error::File { action, path: path.into(), source })
    }
}

impl From<oz::core::Error> for Error {
    fn from(error: oz::core::Error) -> Self {
        Self::Oz(error.into())
    }
}
