//! Document of a failure.

use serde::Serialize;

use oz::Error;

/// Document that `--json` prints for media that could not be processed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FailureReport {
    /// `oz.failure/1`.
    pub schema: &'static str,
    /// Name given by the caller, such as a path.
    pub name: String,
    /// Stable error code, see `docs/errors.md`.
    pub code: &'static str,
    /// Human-readable description.
    pub message: String,
}

impl FailureReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.failure/1";

    /// Document of an error.
    #[must_use]
    pub(crate) fn new(name: &str, error: &Error) -> Self {
        Self { schema: Self::SCHEMA, name: name.to_owned(), code: error.code(), message: error.chain() }
    }
}
