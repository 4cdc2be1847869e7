//! A failure as plain data.

use serde::Serialize;

use oz::Error;

/// What `--json` prints for media that could not be answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FailureReport {
    /// `oz.failure/1`.
    pub schema: &'static str,
    /// Name that the caller gave, such as a path.
    pub name: String,
    /// Stable code, see `docs/errors.md`.
    pub code: &'static str,
    /// What happened, for people.
    pub message: String,
}

impl FailureReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.failure/1";

    /// Describes an error.
    #[must_use]
    pub(crate) fn new(name: &str, error: &Error) -> Self {
        Self { schema: Self::SCHEMA, name: name.to_owned(), code: error.code(), message: error.chain() }
    }
}
