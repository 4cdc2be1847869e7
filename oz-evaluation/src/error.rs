//! Errors of evaluations.

use std::path::PathBuf;

/// Result of an evaluation.
pub type Result<T> = std::result::Result<T, Error>;

/// Failure of an evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Error of the library `oz`.
    #[error(transparent)]
    Oz(#[from] oz::Error),
    /// Invalid manifest or table of scores.
    #[error("invalid table {}{}: {detail}", path.display(), line_suffix(*line))]
    Table {
        /// Path of the table.
        path: PathBuf,
        /// Line of the problem, from 1, if it concerns a single line.
        line: Option<u64>,
        /// Description of the problem.
        detail: String,
    },
}

fn line_suffix(line: Option<u64>) -> String {
    line.map_or(String::new(), |line| format!(", line {line}"))
}

impl Error {
    /// Stable code of the form `area.reason`, see `docs/errors.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Oz(error) => error.code(),
            Self::Table { .. } => "input.invalid_table",
        }
    }

    /// Whether the input caused the error, rather than the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Oz(error) => error.is_input(),
            Self::Table { .. } => true,
        }
    }

    /// Message followed by all its causes, outermost first, separated by `: `.
    #[must_use]
    pub fn chain(&self) -> String {
        match self {
            Self::Oz(error) => error.chain(),
            Self::Table { .. } => self.to_string(),
        }
    }

    /// An invalid setting.
    pub(crate) fn config(detail: impl Into<String>) -> Self {
        Self::Oz(oz::Error::Config { detail: detail.into() })
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Oz(oz::Error::File { action, path: path.into(), source })
    }
}

impl From<oz::core::Error> for Error {
    fn from(error: oz::core::Error) -> Self {
        Self::Oz(error.into())
    }
}
