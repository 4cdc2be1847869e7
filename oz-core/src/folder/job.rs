//! Jobs that process folders.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{FolderId, GroupId};
use crate::storage::{Failure, Job, JobId, JobState, NewJob};
use crate::system::{Timestamp, Uuid};

/// Kind of job. The payload is an ID in text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Runs a group of analyses. The payload and the job ID are the group ID.
    Analysis,
    /// Creates the preview of an uploaded media item. The payload is the media ID.
    Preview,
    /// Sends a webhook notification for a completed group. The payload is the folder ID; the job ID is
    /// [`notice_id`].
    Notice,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Analysis, Self::Preview, Self::Notice];

    /// Stable name used in the queue.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Preview => "preview",
            Self::Notice => "notice",
        }
    }

    /// Looks up a kind by its stable name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// ID of the notification job of a group, and of the event that it delivers.
///
/// Derived from the group ID, so that every code path that ends the group queues the same job.
#[must_use]
pub fn notice_id(group: GroupId) -> JobId {
    let digest = Sha256::new()
        .chain_update(b"oz.notice.1")
        .chain_update(group.uuid().as_u128().to_be_bytes())
        .finalize();
    let bits = digest.iter().take(16).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    JobId::from(Uuid::from_random_bits(bits))
}

/// Maximum attempts to deliver a notification: about a day, with delays that double from ten seconds to two
/// hours.
const NOTICE_ATTEMPTS: u32 = 21;

/// Creates the job that notifies the folder's endpoint of a completed group.
#[must_use]
pub fn notice(folder: FolderId, group: GroupId, now: Timestamp) -> NewJob {
    NewJob {
        id: notice_id(group),
        kind: JobKind::Notice.name().into(),
        payload: folder.to_string().into_bytes(),
        priority: 0,
        max_attempts: NOTICE_ATTEMPTS,
        due: now,
    }
}

/// ID of the job that runs a group.
#[must_use]
pub fn group_job(group: GroupId) -> JobId {
    JobId::from(group.uuid())
}

/// The group of an analysis job that has reached a final state, with the failure for those of its analyses
/// that have no result. `None` for other kinds of jobs, and while the job may still produce results.
#[must_use]
pub fn ended_group(job: &Job) -> Option<(GroupId, Failure)> {
    let failure = match job.state {
        JobState::Done => failure(Failure::NO_ANSWER, "the worker returned no result"),
        JobState::Cancelled => failure(Failure::CANCELLED, "the job was cancelled"),
        JobState::Dead => {
            job.failure.clone().unwrap_or_else(|| failure(Failure::NO_ANSWER, "the job was abandoned"))
        }
        JobState::Waiting | JobState::Leased => return None,
    };

    (job.kind == JobKind::Analysis.name()).then(|| (GroupId::from(job.id.uuid()), failure))
}

/// Whether a group started at `started` has timed out at `now`: it is older than `delivery` and its job is
/// not leased, or it is older than `delivery + processing`.
#[must_use]
pub fn is_late(
    job: Option<&Job>,
    started: Timestamp,
    delivery: Duration,
    processing: Duration,
    now: Timestamp,
) -> bool {
    let age = now.since(started);
    age > delivery
        && (age > delivery.saturating_add(processing) || !job.is_some_and(|job| job.is_leased(now)))
}

/// Failure of a group that timed out, see [`is_late`].
#[must_use]
pub fn timed_out() -> Failure {
    failure(Failure::TIMED_OUT, "the job did not finish in time")
}

fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_final_analysis_jobs_end_their_group() {
        let id = Uuid::from_u128(7);
        let new = NewJob {
            id: id.into(),
            kind: "analysis".into(),
            ..notice(id.into(), id.into(), Timestamp::EPOCH)
        };
        let mut job = Job::from(new);
        assert_eq!(ended_group(&job), None);

        job.give_up(timed_out(), Timestamp::EPOCH);
        assert_eq!(ended_group(&job), Some((GroupId::from(id), timed_out())));

        job.kind = JobKind::Preview.name().into();
        assert_eq!(ended_group(&job), None);
    }
}
