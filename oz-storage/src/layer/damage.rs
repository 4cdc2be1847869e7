//! Reasons for refusing encrypted bytes.

/// Reason for refusing encrypted bytes, the source of a `storage.backend` error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    #[error("not encrypted, or encrypted by a later release")]
    Format,
    #[error("the encrypted bytes are truncated")]
    Truncated,
    #[error("the encrypted bytes were modified, or belong to another owner, ID or place")]
    Forged,
}

impl Damage {
    /// Error of a failed operation.
    pub(super) fn during(self, operation: impl Into<String>) -> oz_core::Error {
        oz_core::Error::backend(operation, false, self)
    }
}
