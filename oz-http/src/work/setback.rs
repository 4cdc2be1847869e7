//! Failed attempts at jobs.

use oz_core::Error;
use oz_core::storage::Failure;

/// Failed attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setback {
    pub(super) failure: Failure,
    pub(super) next: Next,
}

/// Handling of the job after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Retry after a delay.
    Retry,
    /// Retry at once, possibly in another process.
    Resume,
    /// Fail the job.
    GiveUp,
    /// Leave the job as it is: another worker has it, or it was deleted.
    Leave,
}

impl Setback {
    pub(super) fn new(code: &str, message: impl Into<String>, next: Next) -> Self {
        Self { failure: Failure { code: code.into(), message: message.into() }, next }
    }

    /// Failure of a job that panicked.
    pub(super) fn panicked() -> Self {
        Self::new("storage.backend", "the job panicked", Next::Retry)
    }
}

impl From<Error> for Setback {
    /// Conflicts are retried: either the lease is lost, which the next write reports, or a blob was erased
    /// meanwhile.
    fn from(error: Error) -> Self {
        let is_temporary = error.is_retryable() || matches!(error, Error::Conflict { .. });
        Self { failure: Failure::from(&error), next: if is_temporary { Next::Retry } else { Next::GiveUp } }
    }
}
