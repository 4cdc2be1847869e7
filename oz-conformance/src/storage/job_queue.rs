//! Suite of [`JobQueue`].

use std::sync::Arc;
use std::time::Duration;

use crate::{AsyncClaim, Drive, Make, assert_code, async_claims, check_async_claims};
use oz_core::storage::port::JobQueue;
use oz_core::storage::{Failure, JobId, JobState, LeasedJob, NewJob, Retry};
use oz_core::system::{Timestamp, Uuid};

/// Checks a job queue.
///
/// # Panics
/// When a claim does not hold.
pub fn job_queue(adapter: &str, make: Make<'_, dyn JobQueue>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn JobQueue>] = async_claims![
        an_enqueued_job_waits_unchanged,
        an_id_is_enqueued_once,
        an_empty_queue_leases_nothing,
        jobs_are_leased_by_priority_then_due_time_then_arrival,
        a_job_is_not_leased_before_it_is_due,
        only_requested_kinds_are_leased,
        a_leased_job_is_not_leased_to_another,
        an_expired_job_is_leased_again_with_a_higher_fence,
        the_result_of_a_stale_lease_is_refused,
        an_expired_lease_is_invalid_even_before_the_next_lease,
        a_heartbeat_extends_the_lease,
        a_result_is_accepted_once,
        a_failed_job_waits_for_its_retry,
        a_job_without_attempts_left_is_dead,
        a_failure_without_retry_makes_the_job_dead,
        a_job_whose_last_lease_expires_is_dead,
        a_waiting_job_is_cancelled_at_once,
        a_heartbeat_reports_the_cancellation_of_a_leased_job,
        a_cancelled_job_is_not_retried,
        cancelling_does_not_change_a_final_state,
        a_revived_job_has_all_its_attempts,
        only_a_dead_job_can_be_revived,
        dead_jobs_are_listed_in_the_order_of_their_end,
        ready_jobs_are_counted_by_kind,
        purging_deletes_done_and_cancelled_jobs_and_keeps_dead_ones,
        an_absent_job_is_not_found,
    ];
    check_async_claims(adapter, claims, make, drive);
}

const KIND: &str = "analysis";
const LEASE: Duration = Duration::from_secs(30);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}

fn id(number: u128) -> JobId {
    JobId::from(Uuid::from_u128(number))
}

fn new(number: u128) -> NewJob {
    NewJob {
        id: id(number),
        kind: KIND.into(),
        payload: vec![0, 1, 255],
        priority: 0,
        max_attempts: 2,
        due: at(0),
    }
}

fn failure() -> Failure {
    Failure { code: "media.corrupt".into(), message: "the media is corrupt".into() }
}

async fn lease(queue: &dyn JobQueue, seconds: i64) -> Option<LeasedJob> {
    queue.lease(&[KIND], LEASE, at(seconds)).await.unwrap()
}

/// Enqueues job 1 and leases it at second 0.
async fn leased(queue: &dyn JobQueue) -> LeasedJob {
    queue.enqueue(new(1), at(0)).await.unwrap();
    lease(queue, 0).await.expect("the job is ready")
}

async fn state(queue: &dyn JobQueue, number: u128) -> JobState {
    queue.job(id(number)).await.unwrap().state
}

async fn an_enqueued_job_waits_unchanged(queue: Arc<dyn JobQueue>) {
    queue.enqueue(NewJob { priority: -3, ..new(1) }, at(0)).await.unwrap();
    let job = queue.job(id(1)).await.unwrap();
    assert_eq!((job.id, job.kind.as_str(), job.payload.as_slice()), (id(1), KIND, [0, 1, 255].as_slice()));
    assert_eq!((job.priority, job.max_attempts, job.due), (-3, 2, at(0)));
    assert_eq!((job.state, job.attempts, job.result), (JobState::Waiting, 0, None));
}

async fn an_id_is_enqueued_once(queue: Arc<dyn JobQueue>) {
    queue.enqueue(new(1), at(0)).await.unwrap();
    assert_code(queue.enqueue(NewJob { priority: 9, ..new(1) }, at(1)).await, "storage.conflict");
    assert_eq!(queue.job(id(1)).await.unwrap().priority, 0);
}

async fn an_empty_queue_leases_nothing(queue: Arc<dyn JobQueue>) {
    assert_eq!(lease(queue.as_ref(), 0).await, None);
}

async fn jobs_are_leased_by_priority_then_due_time_then_arrival(queue: Arc<dyn JobQueue>) {
    queue.enqueue(NewJob { due: at(-1), ..new(4) }, at(0)).await.unwrap();
    queue.enqueue(NewJob { due: at(-2), ..new(3) }, at(0)).await.unwrap();
    queue.enqueue(NewJob { due: at(-1), ..new(2) }, at(0)).await.unwrap();
    queue.enqueue(NewJob { priority: 5, ..new(1) }, at(0)).await.unwrap();
    for expected in [1, 3, 4, 2] {
        assert_eq!(lease(queue.as_ref(), 0).await.expect("a job is ready").job.id, id(expected));
    }
}

async fn a_job_is_not_leased_before_it_is_due(queue: Arc<dyn JobQueue>) {
    queue.enqueue(NewJob { due: at(10), ..new(1) }, at(0)).await.unwrap();
    assert_eq!(lease(queue.as_ref(), 9).await, None);
    assert!(lease(queue.as_ref(), 10).await.is_some());
}

async fn only_requested_kinds_are_leased(queue: Arc<dyn JobQueue>) {
    queue.enqueue(NewJob { kind: "webhook".into(), ..new(1) }, at(0)).await.unwrap();
    assert_eq!(lease(queue.as_ref(), 0).await, None);
    assert_eq!(queue.lease(&[], LEASE, at(0)).await.unwrap(), None);
    assert!(queue.lease(&[KIND, "webhook"], LEASE, at(0)).await.unwrap().is_some());
}

async fn a_leased_job_is_not_leased_to_another(queue: Arc<dyn JobQueue>) {
    let leased = leased(queue.as_ref()).await;
    assert_eq!(leased.lease.expires_at, at(30));
    assert_eq!((leased.job.state, leased.job.attempts), (JobState::Leased, 1));
    assert_eq!(lease(queue.as_ref(), 29).await, None);
}

async fn an_expired_job_is_leased_again_with_a_higher_fence(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await;
    let second = lease(queue.as_ref(), 30).await.expect("the lease has expired");
    assert_eq!((second.job.id, second.job.attempts), (id(1), 2));
    assert!(second.lease.fence > first.lease.fence);
}

async fn the_result_of_a_stale_lease_is_refused(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    let second = lease(queue.as_ref(), 30).await.expect("the lease has expired").lease;
    assert_code(queue.complete(&first, b"late", at(31)).await, "storage.conflict");
    assert_code(queue.fail(&first, &failure(), Retry::Never, at(31)).await, "storage.conflict");
    assert_code(queue.heartbeat(&first, LEASE, at(31)).await, "storage.conflict");
    queue.complete(&second, b"right", at(31)).await.unwrap();
    assert_eq!(queue.job(id(1)).await.unwrap().result.as_deref(), Some(b"right".as_slice()));
}

async fn an_expired_lease_is_invalid_even_before_the_next_lease(queue: Arc<dyn JobQueue>) {
    let lease = leased(queue.as_ref()).await.lease;
    assert_code(queue.complete(&lease, b"late", at(30)).await, "storage.conflict");
    assert_code(queue.heartbeat(&lease, LEASE, at(30)).await, "storage.conflict");
    assert_code(queue.fail(&lease, &failure(), Retry::Never, at(30)).await, "storage.conflict");
}

async fn a_heartbeat_extends_the_lease(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    let extended = queue.heartbeat(&first, LEASE, at(10)).await.unwrap();
    assert_eq!((extended.fence, extended.expires_at), (first.fence, at(40)));
    assert!(!extended.cancel_requested);
    assert_eq!(lease(queue.as_ref(), 39).await, None);
    queue.complete(&first, b"", at(39)).await.unwrap();
}

async fn a_result_is_accepted_once(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    queue.complete(&first, b"verdict", at(5)).await.unwrap();
    assert_code(queue.complete(&first, b"another", at(6)).await, "storage.conflict");
    let job = queue.job(id(1)).await.unwrap();
    assert_eq!((job.state, job.finished_at), (JobState::Done, Some(at(5))));
    assert_eq!(job.result.as_deref(), Some(b"verdict".as_slice()));
    assert_eq!(lease(queue.as_ref(), 99).await, None);
}

async fn a_failed_job_waits_for_its_retry(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    let retry = Retry::After(Duration::from_secs(60));
    assert_eq!(queue.fail(&first, &failure(), retry, at(5)).await.unwrap(), JobState::Waiting);
    assert_eq!(lease(queue.as_ref(), 64).await, None);
    let second = lease(queue.as_ref(), 65).await.expect("the retry is due");
    assert_eq!(second.job.failure, Some(failure()));
    assert!(second.lease.fence > first.fence);
}

async fn a_job_without_attempts_left_is_dead(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    queue.fail(&first, &failure(), Retry::After(Duration::ZERO), at(1)).await.unwrap();
    let second = lease(queue.as_ref(), 1).await.expect("one attempt is left").lease;
    let state = queue.fail(&second, &failure(), Retry::After(Duration::ZERO), at(2)).await.unwrap();
    assert_eq!(state, JobState::Dead);
    assert_eq!(lease(queue.as_ref(), 99).await, None);
    let dead = queue.dead(10).await.unwrap();
    assert_eq!(
        (dead[0].id, dead[0].failure.as_ref(), dead[0].finished_at),
        (id(1), Some(&failure()), Some(at(2)))
    );
}

async fn a_failure_without_retry_makes_the_job_dead(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    assert_eq!(queue.fail(&first, &failure(), Retry::Never, at(1)).await.unwrap(), JobState::Dead);
}

async fn a_job_whose_last_lease_expires_is_dead(queue: Arc<dyn JobQueue>) {
    leased(queue.as_ref()).await;
    assert!(lease(queue.as_ref(), 30).await.is_some());
    assert_eq!(lease(queue.as_ref(), 60).await, None);
    let dead = queue.dead(10).await.unwrap();
    let code = dead[0].failure.as_ref().map(|failure| failure.code.as_str());
    assert_eq!((dead[0].id, code), (id(1), Some(Failure::LEASE_EXPIRED)));
}

async fn a_waiting_job_is_cancelled_at_once(queue: Arc<dyn JobQueue>) {
    queue.enqueue(new(1), at(0)).await.unwrap();
    queue.cancel(id(1), at(1)).await.unwrap();
    assert_eq!(state(queue.as_ref(), 1).await, JobState::Cancelled);
    assert_eq!(lease(queue.as_ref(), 2).await, None);
}

async fn a_heartbeat_reports_the_cancellation_of_a_leased_job(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    queue.cancel(id(1), at(1)).await.unwrap();
    assert_eq!(state(queue.as_ref(), 1).await, JobState::Leased);
    assert!(queue.heartbeat(&first, LEASE, at(2)).await.unwrap().cancel_requested);
}

async fn a_cancelled_job_is_not_retried(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    queue.cancel(id(1), at(1)).await.unwrap();
    let state = queue.fail(&first, &failure(), Retry::After(Duration::ZERO), at(2)).await.unwrap();
    assert_eq!(state, JobState::Cancelled);

    queue.enqueue(new(2), at(3)).await.unwrap();
    assert!(lease(queue.as_ref(), 3).await.is_some());
    queue.cancel(id(2), at(4)).await.unwrap();
    assert_eq!(lease(queue.as_ref(), 33).await, None, "the lease of the cancelled job has expired");
    assert_eq!(queue.job(id(2)).await.unwrap().state, JobState::Cancelled);
}

async fn cancelling_does_not_change_a_final_state(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    queue.complete(&first, b"verdict", at(1)).await.unwrap();
    queue.cancel(id(1), at(2)).await.unwrap();
    assert_eq!(state(queue.as_ref(), 1).await, JobState::Done);
}

async fn a_revived_job_has_all_its_attempts(queue: Arc<dyn JobQueue>) {
    let first = leased(queue.as_ref()).await.lease;
    queue.fail(&first, &failure(), Retry::Never, at(1)).await.unwrap();
    queue.revive(id(1), at(2)).await.unwrap();
    let second = lease(queue.as_ref(), 2).await.expect("the job was revived");
    assert_eq!(second.job.attempts, 1);
    assert!(second.lease.fence > first.fence, "the fence increases across a revival");
    assert_eq!(queue.dead(10).await.unwrap(), []);
}

async fn only_a_dead_job_can_be_revived(queue: Arc<dyn JobQueue>) {
    queue.enqueue(new(1), at(0)).await.unwrap();
    assert_code(queue.revive(id(1), at(1)).await, "storage.conflict");
}

async fn dead_jobs_are_listed_in_the_order_of_their_end(queue: Arc<dyn JobQueue>) {
    for number in [3, 1, 2] {
        queue.enqueue(new(number), at(0)).await.unwrap();
        let lease = lease(queue.as_ref(), 1).await.expect("a job is ready").lease;
        let seconds = i64::try_from(number).unwrap();
        queue.fail(&lease, &failure(), Retry::Never, at(1 + seconds)).await.unwrap();
    }
    let dead: Vec<JobId> = queue.dead(2).await.unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(dead, [id(1), id(2)]);
}

async fn ready_jobs_are_counted_by_kind(queue: Arc<dyn JobQueue>) {
    let _running = leased(queue.as_ref()).await;
    queue.enqueue(new(2), at(0)).await.unwrap();
    queue.enqueue(NewJob { due: at(50), ..new(3) }, at(0)).await.unwrap();
    queue.enqueue(NewJob { kind: "webhook".into(), ..new(4) }, at(0)).await.unwrap();
    assert_eq!(queue.ready(KIND, at(0)).await.unwrap(), 1);
    assert_eq!(queue.ready(KIND, at(30)).await.unwrap(), 2, "the lease of the first job has expired");
    assert_eq!(queue.ready(KIND, at(50)).await.unwrap(), 3);
    assert_eq!(queue.ready("webhook", at(0)).await.unwrap(), 1);
}

async fn purging_deletes_done_and_cancelled_jobs_and_keeps_dead_ones(queue: Arc<dyn JobQueue>) {
    for (number, seconds) in [(1, 5), (2, 6)] {
        queue.enqueue(new(number), at(0)).await.unwrap();
        let lease = lease(queue.as_ref(), 0).await.expect("a job is ready").lease;
        queue.complete(&lease, b"", at(seconds)).await.unwrap();
    }
    queue.enqueue(new(3), at(0)).await.unwrap();
    queue.cancel(id(3), at(1)).await.unwrap();
    queue.enqueue(new(4), at(0)).await.unwrap();
    let last = lease(queue.as_ref(), 0).await.expect("a job is ready").lease;
    queue.fail(&last, &failure(), Retry::Never, at(1)).await.unwrap();

    assert_eq!(queue.purge(at(6)).await.unwrap(), 2);
    assert_code(queue.job(id(1)).await, "storage.not_found");
    assert_code(queue.job(id(3)).await, "storage.not_found");
    assert_eq!(state(queue.as_ref(), 2).await, JobState::Done);
    assert_eq!(state(queue.as_ref(), 4).await, JobState::Dead);
}

async fn an_absent_job_is_not_found(queue: Arc<dyn JobQueue>) {
    let lease = leased(queue.as_ref()).await.lease;
    let unknown = oz_core::storage::Lease { job: id(9), ..lease };
    assert_code(queue.job(id(9)).await, "storage.not_found");
    assert_code(queue.cancel(id(9), at(0)).await, "storage.not_found");
    assert_code(queue.revive(id(9), at(0)).await, "storage.not_found");
    assert_code(queue.heartbeat(&unknown, LEASE, at(0)).await, "storage.not_found");
    assert_code(queue.complete(&unknown, b"", at(0)).await, "storage.not_found");
    assert_code(queue.fail(&unknown, &failure(), Retry::Never, at(0)).await, "storage.not_found");
}
