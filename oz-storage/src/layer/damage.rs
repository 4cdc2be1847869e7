//! Why encrypted bytes cannot be opened.

/// The reason, as the source of `storage.backend`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    #[error("the bytes are not in the encrypted format, or in one of a later release")]
    Format,
    #[error("the bytes end too early")]
    Truncated,
    #[error("the bytes were changed, or belong to another owner, name or place")]
    Forged,
}

impl Damage {
    /// The error of doing `operation`.
    pub(super) fn during(self, operation: impl Into<String>) -> oz_core::Error {
        oz_core::Error::backend(operation, false, self)
    }
}
