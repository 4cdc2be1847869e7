//! Work that folders give to workers.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{FolderId, GroupId};
use crate::storage::{Failure, Job, JobId, JobState, NewJob};
use crate::system::{Timestamp, Uuid};

/// The kinds of jobs. Payloads are ids in their text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Answers a group of analyses. Payload and name: the group.
    Analysis,
    /// Looks at media that were uploaded, for a thumbnail. Payload: the media.
    Preview,
    /// Tells a folder's endpoint that a group is complete. Payload: the folder; name: [`notice_id`].
    Notice,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Analysis, Self::Preview, Self::Notice];

    /// The kind as queued.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Preview => "preview",
            Self::Notice => "notice",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The name of the job that tells of a group, and of the event that is told: derived, so that whoever ends the group makes
/// the same one.
#[must_use]
pub fn notice_id(group: GroupId) -> JobId {
    let digest = Sha256::new()
        .chain_update(b"oz.notice.1")
        .chain_update(group.uuid().as_u128().to_be_bytes())
        .finalize();
    let bits = digest.iter().take(16).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    JobId::from(Uuid::from_random_bits(bits))
}

/// How often a notice is tried: with delays that double from ten seconds to two hours, this takes a day.
const NOTICE_ATTEMPTS: u32 = 21;

/// The job that tells a folder's endpoint that a group is complete.
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

/// The name of the job that answers a group.
#[must_use]
pub fn group_job(group: GroupId) -> JobId {
    JobId::from(group.uuid())
}

/// The group that a job had to answer and will not any more, with the reason for those of its analyses that have no answer
/// yet; none while it may still answer.
#[must_use]
pub fn ended_group(job: &Job) -> Option<(GroupId, Failure)> {
    let failure = match job.state {
        JobState::Done => failure(Failure::NO_ANSWER, "the worker gave no answer"),
        JobState::Cancelled => failure(Failure::CANCELLED, "the work was called off"),
        JobState::Dead => {
            job.failure.clone().unwrap_or_else(|| failure(Failure::NO_ANSWER, "it was given up"))
        }
        JobState::Waiting | JobState::Leased => return None,
    };
    (job.kind == JobKind::Analysis.name()).then(|| (GroupId::from(job.id.uuid()), failure))
}

/// Whether a group takes too long that was started at `started`: longer than `delivery` while nobody works on its job, or
/// longer than `delivery + processing` at all.
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

/// Why a group fails that was not answered in time.
#[must_use]
pub fn timed_out() -> Failure {
    failure(Failure::TIMED_OUT, "the work was not done in time")
}

fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_job_that_will_not_answer_any_more_ends_its_group() {
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
