//! Why an attempt at a job did not succeed, and whether another one may.

use oz_core::Error;
use oz_core::storage::Failure;

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setback {
    pub(super) failure: Failure,
    pub(super) next: Next,
}

/// What comes after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another one, after a while.
    Retry,
    /// Another one, at once and perhaps elsewhere.
    Resume,
    /// None.
    GiveUp,
    /// Nothing: somebody else has the job, or it is gone.
    Leave,
}

impl Setback {
    pub(super) fn new(code: &str, message: impl Into<String>, next: Next) -> Self {
        Self { failure: Failure { code: code.into(), message: message.into() }, next }
    }

    /// Of a task that panicked.
    pub(super) fn panicked() -> Self {
        Self::new("storage.backend", "the work ended abnormally", Next::Retry)
    }
}

impl From<Error> for Setback {
    /// A conflict is tried again: either the lease is gone, which the next write shows, or a blob was erased meanwhile.
    fn from(error: Error) -> Self {
        let may_pass = error.is_retryable() || matches!(error, Error::Conflict { .. });
        Self { failure: Failure::from(&error), next: if may_pass { Next::Retry } else { Next::GiveUp } }
    }
}
