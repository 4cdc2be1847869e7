//! Work that survives the one who does it.
//!
//! The rules of a job's life are methods of [`Job`] without I/O; a queue adapter stores jobs and calls them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::system::{Timestamp, typed_id};
use crate::{Error, Result};

typed_id!(
    /// Names a job.
    JobId,
    "job"
);

/// Work to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Unique name; queueing it twice is `storage.conflict`.
    pub id: JobId,
    /// What is to be done, e.g. `analysis`. Workers ask by it.
    pub kind: String,
    /// What to do it with: ids, not media.
    pub payload: Vec<u8>,
    /// Higher goes first.
    pub priority: i32,
    /// How often it may be tried, at least 1.
    pub max_attempts: u32,
    /// Not before this time.
    pub due: Timestamp,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobState {
    /// Waits for its time or for a worker.
    Waiting,
    /// A worker has it.
    Leased,
    /// Finished, with a result.
    Done,
    /// Given up after a failure that is not tried again: the dead letter.
    Dead,
    /// Called off.
    Cancelled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Leased, Self::Done, Self::Dead, Self::Cancelled];

    /// The stable name, as stored.
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

    /// The state of a stable name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing will happen to the job any more, unless it is revived.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }
}

/// The number of a lease, higher than every earlier one of the same job. What comes with an older one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub u64);

/// The right to work on a job for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// Which lease of it.
    pub fence: Fence,
    /// First moment at which it no longer holds, unless it is prolonged.
    pub expires_at: Timestamp,
    /// Whether somebody wants the job called off; the worker should stop and give it up.
    pub cancel_requested: bool,
}

/// A job and the right to work on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job, as it was leased.
    pub job: Job,
    /// The lease, to be given back with the result.
    pub lease: Lease,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code, e.g. `media.corrupt`.
    pub code: String,
    /// One clause for people.
    pub message: String,
}

impl Failure {
    /// Code of an attempt whose worker fell silent.
    pub const LEASE_EXPIRED: &'static str = "job.lease_expired";
    /// Code of work that was not done in time.
    pub const TIMED_OUT: &'static str = "job.timed_out";
    /// Code of work that ended without an answer for it.
    pub const NO_ANSWER: &'static str = "job.no_answer";
    /// Code of work that was called off.
    pub const CANCELLED: &'static str = "job.cancelled";
    /// Code of an analysis of media on which there is no face.
    pub const NO_FACE: &'static str = "analysis.no_face";
    /// Code of an analysis that compares, where no extractor took features.
    pub const NO_FEATURES: &'static str = "analysis.no_features";
    /// Code of an analysis that needs more media than suit it.
    pub const TOO_FEW_MEDIA: &'static str = "analysis.too_few_media";
    /// Code of an analysis of media whose bytes were erased meanwhile.
    pub const MEDIA_GONE: &'static str = "analysis.media_gone";
    /// Code of an attempt that was given back because the worker is going down.
    pub const INTERRUPTED: &'static str = "job.interrupted";
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self { code: error.code().into(), message: error.to_string() }
    }
}

/// Whether a failed job is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// After this time, if attempts are left.
    After(Duration),
    /// No: the failure would come again.
    Never,
}

/// Delays that double with each attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Delay after the first attempt.
    pub first: Duration,
    /// Longest delay.
    pub longest: Duration,
}

impl Backoff {
    /// The delay after the attempt of this number, from 1.
    #[must_use]
    pub fn delay(self, attempt: u32) -> Duration {
        let factor = 1u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

impl Default for Backoff {
    /// One second, doubled up to five minutes.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(300) }
    }
}

/// A queued job. `Debug` shows the size of payload and result, not their content.
#[derive(Clone, PartialEq, Eq)]
pub struct Job {
    /// Unique name.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// What to do it with.
    pub payload: Vec<u8>,
    /// Higher goes first.
    pub priority: i32,
    /// How often it may be tried.
    pub max_attempts: u32,
    /// Not before this time; moved by retries.
    pub due: Timestamp,
    /// Where it stands.
    pub state: JobState,
    /// How often it was leased since it was queued or revived.
    pub attempts: u32,
    /// The latest lease that was given, zero before the first.
    pub fence: Fence,
    /// End of the lease, while it is leased.
    pub leased_until: Option<Timestamp>,
    /// Whether it is to be called off.
    pub cancel_requested: bool,
    /// Why the latest attempt failed.
    pub failure: Option<Failure>,
    /// What came of it, once it is done.
    pub result: Option<Vec<u8>>,
    /// When it reached a final state.
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
    /// Whether a worker may have it now.
    #[must_use]
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.state == JobState::Waiting && self.due <= now
    }

    /// Whether a worker has it now.
    #[must_use]
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.state == JobState::Leased && self.leased_until.is_some_and(|end| now < end)
    }

    /// Takes the job back from a worker whose lease has run out: it waits again, or is dead after its last attempt, or
    /// cancelled if that was asked for. Otherwise nothing changes.
    pub fn reclaim(&mut self, now: Timestamp) {
        if self.state != JobState::Leased || self.leased_until.is_some_and(|end| now < end) {
            return;
        }
        let message = format!("the worker of attempt {} fell silent", self.attempts);
        self.failure = Some(Failure { code: Failure::LEASE_EXPIRED.into(), message });
        self.give_back(now, now);
    }

    /// Gives the job, which is ready, to a worker until `expires_at`.
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
    /// `storage.conflict` when the lease no longer holds.
    pub fn prolong(&mut self, fence: Fence, expires_at: Timestamp, now: Timestamp) -> Result<Lease> {
        self.demand_live(fence, now)?;
        self.leased_until = Some(expires_at);
        Ok(Lease { job: self.id, fence, expires_at, cancel_requested: self.cancel_requested })
    }

    /// Takes the result.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds.
    pub fn complete(&mut self, fence: Fence, result: Vec<u8>, now: Timestamp) -> Result<()> {
        self.demand_live(fence, now)?;
        self.result = Some(result);
        self.failure = None;
        self.finish(JobState::Done, now);
        Ok(())
    }

    /// Takes note of a failed attempt: the job waits again, or is dead when it may not be retried, or cancelled if that
    /// was asked for.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds.
    pub fn fail(&mut self, fence: Fence, failure: Failure, retry: Retry, now: Timestamp) -> Result<JobState> {
        self.demand_live(fence, now)?;
        self.failure = Some(failure);
        match retry {
            Retry::After(delay) => self.give_back(now.after(delay), now),
            Retry::Never => self.finish(JobState::Dead, now),
        }
        Ok(self.state)
    }

    /// Calls the job off: at once while it waits, through the next heartbeat while it is leased. Final states stay.
    pub fn cancel(&mut self, now: Timestamp) {
        match self.state {
            JobState::Waiting => self.finish(JobState::Cancelled, now),
            JobState::Leased => self.cancel_requested = true,
            JobState::Done | JobState::Dead | JobState::Cancelled => {}
        }
    }

    /// Queues a dead job again, with all its attempts.
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

    /// Gives the job up, whoever has it: it is dead, and a lease of it holds no more. Final states stay.
    pub fn give_up(&mut self, failure: Failure, now: Timestamp) {
        if !self.state.is_final() {
            self.failure = Some(failure);
            self.finish(JobState::Dead, now);
        }
    }

    fn demand_live(&self, fence: Fence, now: Timestamp) -> Result<()> {
        let holds = self.state == JobState::Leased && self.fence == fence;
        if holds && self.leased_until.is_some_and(|end| now < end) { Ok(()) } else { Err(self.id.conflict()) }
    }

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
    fn delays_double_up_to_the_longest() {
        let backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(60) };
        let delays: Vec<u64> =
            [1, 2, 3, 6, 40, u32::MAX].map(|attempt| backoff.delay(attempt).as_secs()).into();
        assert_eq!(delays, [2, 4, 8, 60, 60, 60]);
    }

    #[test]
    fn a_lease_ends_at_its_end_and_not_after_it() {
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
