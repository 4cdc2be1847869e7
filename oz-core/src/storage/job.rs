//! Durable jobs with leases.
//!
//! The state transitions are methods of [`Job`] without I/O; a queue adapter stores jobs and calls them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::system::{Timestamp, typed_id};
use crate::{Error, Result};

typed_id!(
    /// ID of a job.
    JobId,
    "job"
);

/// A job to enqueue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Unique ID; enqueueing it twice is `storage.conflict`.
    pub id: JobId,
    /// Kind of job, e.g. `analysis`. Workers lease jobs by kind.
    pub kind: String,
    /// Input of the job: IDs, not media.
    pub payload: Vec<u8>,
    /// Priority; higher values are leased first.
    pub priority: i32,
    /// Maximum number of attempts, at least 1.
    pub max_attempts: u32,
    /// Earliest time of the first attempt.
    pub due: Timestamp,
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobState {
    /// Waiting for its due time or for a worker.
    Waiting,
    /// Leased to a worker.
    Leased,
    /// Completed with a result.
    Done,
    /// Failed permanently; a dead letter.
    Dead,
    /// Cancelled.
    Cancelled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Leased, Self::Done, Self::Dead, Self::Cancelled];

    /// Stable name used in storage.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// Looks up a state by its stable name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the state is final. A dead job can still be revived.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }
}

/// Fencing token of a lease, greater than that of every earlier lease of the same job. Requests with an older
/// token are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub u64);

/// Time-limited exclusive right to work on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// ID of the job.
    pub job: JobId,
    /// Fencing token.
    pub fence: Fence,
    /// Expiry time; the lease is invalid from this moment on, unless prolonged.
    pub expires_at: Timestamp,
    /// Whether cancellation was requested. The worker should stop and report a failure.
    pub cancel_requested: bool,
}

/// A job with the lease on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job at the time of leasing.
    pub job: Job,
    /// The lease, to be presented with the result.
    pub lease: Lease,
}

/// Failure of a job attempt or an analysis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code, e.g. `media.corrupt`.
    pub code: String,
    /// Human-readable message of one clause.
    pub message: String,
}

impl Failure {
    /// The lease of the attempt expired.
    pub const LEASE_EXPIRED: &'static str = "job.lease_expired";
    /// The time limit was exceeded.
    pub const TIMED_OUT: &'static str = "job.timed_out";
    /// The job ended without a result for the analysis.
    pub const NO_ANSWER: &'static str = "job.no_answer";
    /// The job was cancelled.
    pub const CANCELLED: &'static str = "job.cancelled";
    /// One of the media shows no face.
    pub const NO_FACE: &'static str = "analysis.no_face";
    /// Feature vectors are required, but no extractor provided them.
    pub const NO_FEATURES: &'static str = "analysis.no_features";
    /// Fewer suitable media than the analysis requires.
    pub const TOO_FEW_MEDIA: &'static str = "analysis.too_few_media";
    /// The kind of the analysis has no judge: the application that started it added the kind, and this one
    /// does not.
    pub const NO_JUDGE: &'static str = "analysis.no_judge";
    /// The content of one of the media was erased before the analysis.
    pub const MEDIA_GONE: &'static str = "analysis.media_gone";
    /// The worker shut down during the attempt.
    pub const INTERRUPTED: &'static str = "job.interrupted";
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self { code: error.code().into(), message: error.to_string() }
    }
}

/// Retry policy after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Retry after this delay, if attempts remain.
    After(Duration),
    /// Do not retry; the failure is permanent.
    Never,
}

/// Exponential backoff: the delay doubles with each attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Delay after the first attempt.
    pub first: Duration,
    /// Maximum delay.
    pub longest: Duration,
}

impl Backoff {
    /// Delay after the given attempt, numbered from 1.
    #[must_use]
    pub fn delay(self, attempt: u32) -> Duration {
        let factor = 1u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

impl Default for Backoff {
    /// From 1 second up to 5 minutes.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(300) }
    }
}

/// A job in the queue. `Debug` shows the sizes of payload and result instead of their content.
#[derive(Clone, PartialEq, Eq)]
pub struct Job {
    /// Unique ID.
    pub id: JobId,
    /// Kind of job.
    pub kind: String,
    /// Input of the job.
    pub payload: Vec<u8>,
    /// Priority; higher values are leased first.
    pub priority: i32,
    /// Maximum number of attempts.
    pub max_attempts: u32,
    /// Earliest time of the next attempt.
    pub due: Timestamp,
    /// State of the job.
    pub state: JobState,
    /// Number of leases since the job was enqueued or revived.
    pub attempts: u32,
    /// Fencing token of the latest lease; zero before the first.
    pub fence: Fence,
    /// Expiry time of the current lease.
    pub leased_until: Option<Timestamp>,
    /// Whether cancellation was requested while the job was leased.
    pub cancel_requested: bool,
    /// Failure of the latest attempt.
    pub failure: Option<Failure>,
    /// Result; present once done.
    pub result: Option<Vec<u8>>,
    /// Time at which the job reached a final state.
    pub finished_at: Option<Timestamp>,
}

impl From<NewJob> for Job {
    fn from(new: NewJob) -> Self {
        Self {
            id: new.id,
            kind: new.kind,
            payload: new.payload,
            priority: new.priority,
            max_attempts: new.max_attempts.max(1),
            due: new.due,
            state: JobState::Waiting,
            attempts: 0,
            fence: Fence::default(),
            leased_until: None,
            cancel_requested: false,
            failure: None,
            result: None,
            finished_at: None,
        }
    }
}

impl Job {
    /// Whether the job can be leased at `now`.
    #[must_use]
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.state == JobState::Waiting && self.due <= now
    }

    /// Whether an unexpired lease exists at `now`.
    #[must_use]
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.state == JobState::Leased && self.leased_until.is_some_and(|end| now < end)
    }

    /// Takes the job back if its lease has expired; otherwise changes nothing.
    ///
    /// The job then waits again, is dead after its last attempt, or is cancelled if that was requested.
    pub fn reclaim(&mut self, now: Timestamp) {
        if self.state != JobState::Leased || self.leased_until.is_some_and(|end| now < end) {
            return;
        }

        let message = format!("the lease of attempt {} expired", self.attempts);
        self.failure = Some(Failure { code: Failure::LEASE_EXPIRED.into(), message });
        self.give_back(now, now);
    }

    /// Leases the job to a worker until `expires_at`. The job must be ready.
    pub fn lease(&mut self, expires_at: Timestamp) -> Lease {
        self.state = JobState::Leased;
        self.attempts += 1;
        self.fence = Fence(self.fence.0 + 1);
        self.leased_until = Some(expires_at);
        Lease { job: self.id, fence: self.fence, expires_at, cancel_requested: self.cancel_requested }
    }

    /// Prolongs the lease until `expires_at`.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid.
    pub fn prolong(&mut self, fence: Fence, expires_at: Timestamp, now: Timestamp) -> Result<Lease> {
        self.ensure_leased(fence, now)?;
        self.leased_until = Some(expires_at);
        Ok(Lease { job: self.id, fence, expires_at, cancel_requested: self.cancel_requested })
    }

    /// Stores the result and completes the job.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid.
    pub fn complete(&mut self, fence: Fence, result: Vec<u8>, now: Timestamp) -> Result<()> {
        self.ensure_leased(fence, now)?;
        self.result = Some(result);
        self.failure = None;
        self.finish(JobState::Done, now);
        Ok(())
    }

    /// Records a failed attempt and returns the new state.
    ///
    /// With [`Retry::After`] the job waits again, is dead after its last attempt, or is cancelled if that was
    /// requested. With [`Retry::Never`] it is dead.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid.
    pub fn fail(&mut self, fence: Fence, failure: Failure, retry: Retry, now: Timestamp) -> Result<JobState> {
        self.ensure_leased(fence, now)?;
        self.failure = Some(failure);
        match retry {
            Retry::After(delay) => self.give_back(now.after(delay), now),
            Retry::Never => self.finish(JobState::Dead, now),
        }
        Ok(self.state)
    }

    /// Cancels the job: immediately if it is waiting, through the next heartbeat if it is leased. A job in a
    /// final state is unchanged.
    pub fn cancel(&mut self, now: Timestamp) {
        match self.state {
            JobState::Waiting => self.finish(JobState::Cancelled, now),
            JobState::Leased => self.cancel_requested = true,
            JobState::Done | JobState::Dead | JobState::Cancelled => {}
        }
    }

    /// Requeues a dead job with a fresh set of attempts.
    ///
    /// # Errors
    /// `storage.conflict` when the job is not dead.
    pub fn revive(&mut self, now: Timestamp) -> Result<()> {
        if self.state != JobState::Dead {
            return Err(self.id.conflict());
        }
        self.state = JobState::Waiting;
        self.attempts = 0;
        self.due = now;
        self.finished_at = None;
        Ok(())
    }

    /// Marks the job as dead and invalidates its lease. A job in a final state is unchanged.
    pub fn give_up(&mut self, failure: Failure, now: Timestamp) {
        if !self.state.is_final() {
            self.failure = Some(failure);
            self.finish(JobState::Dead, now);
        }
    }

    fn ensure_leased(&self, fence: Fence, now: Timestamp) -> Result<()> {
        if self.is_leased(now) && self.fence == fence { Ok(()) } else { Err(self.id.conflict()) }
    }

    /// Ends an attempt without a result.
    fn give_back(&mut self, due: Timestamp, now: Timestamp) {
        if self.cancel_requested {
            self.finish(JobState::Cancelled, now);
        } else if self.attempts >= self.max_attempts {
            self.finish(JobState::Dead, now);
        } else {
            self.state = JobState::Waiting;
            self.due = due;
            self.leased_until = None;
        }
    }

    fn finish(&mut self, state: JobState, now: Timestamp) {
        self.state = state;
        self.leased_until = None;
        self.cancel_requested = false;
        self.finished_at = Some(now);
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("priority", &self.priority)
            .field("attempts", &format_args!("{} of {}", self.attempts, self.max_attempts))
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .field("result", &format_args!("{} bytes", self.result.as_ref().map_or(0, Vec::len)))
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_the_maximum() {
        let backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(60) };
        let delays: Vec<u64> =
            [1, 2, 3, 6, 40, u32::MAX].map(|attempt| backoff.delay(attempt).as_secs()).into();
        assert_eq!(delays, [2, 4, 8, 60, 60, 60]);
    }

    #[test]
    fn lease_is_invalid_from_its_expiry_time_on() {
        let at = Timestamp::from_secs;
        let new = NewJob {
            id: JobId::from(crate::system::Uuid::from_u128(1)),
            kind: "analysis".into(),
            payload: vec![7; 9],
            priority: 0,
            max_attempts: 2,
            due: at(0),
        };
        let mut job = Job::from(new);

        let lease = job.lease(at(10));
        assert!(job.clone().complete(lease.fence, vec![], at(9)).is_ok());
        assert_eq!(job.clone().complete(lease.fence, vec![], at(10)).unwrap_err().code(), "storage.conflict");

        job.reclaim(at(9));
        assert_eq!(job.state, JobState::Leased);
        job.reclaim(at(10));
        assert_eq!(job.state, JobState::Waiting);
    }
}
