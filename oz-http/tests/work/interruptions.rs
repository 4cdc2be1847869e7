//! What becomes of work that is broken off.

use std::time::Duration;

use oz_core::folder::{AnalysisKind, AnalysisState, JobKind, Resolution, group_job};
use oz_core::storage::JobState;

use crate::case::{Case, Plan, until};

const LIVENESS: &[AnalysisKind] = &[AnalysisKind::Liveness];
const GRACE: Duration = Duration::from_secs(5);

fn plan<'a>(media: &'a [&'a str], attempts: u32) -> Plan<'a> {
    Plan { media, kinds: LIVENESS, attempts, ..Plan::default() }
}

#[tokio::test]
async fn what_a_dead_worker_left_is_done_once_by_another() {
    let case = Case::new().await;
    let filed = case.file(plan(&["face=ada"], 3)).await;
    let ports = case.service.ports();
    let lease = Duration::from_secs(60);
    let dead = ports
        .jobs
        .lease(&[JobKind::Analysis.name()], lease, case.service.state.now())
        .await
        .unwrap()
        .unwrap();
    let workers = case.workers();
    assert_eq!(case.analyses(&filed).await[0].state, AnalysisState::Processing);
    case.service.clock.advance(lease);
    assert_eq!(case.ended(&filed).await[0].resolution, Some(Resolution::Success));
    let late = ports.folders.finish(&dead.lease, filed.group, &[], &[], case.service.state.now()).await;
    assert_eq!(late.unwrap_err().code(), "storage.conflict");
    assert_eq!(case.analyses(&filed).await[0].resolution, Some(Resolution::Success));
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn a_panic_of_the_examiner_ends_no_loop() {
    let case = Case::new().await;
    let mut panicking = Vec::new();
    for _ in 0..6 {
        panicking.push(case.file(plan(&["panic"], 1)).await);
    }
    let workers = case.workers();
    for filed in &panicking {
        let failure = case.ended(filed).await.remove(0).failure.unwrap();
        assert_eq!(failure.code, "storage.backend");
    }
    let good = case.file(plan(&["face=ada"], 1)).await;
    assert_eq!(case.ended(&good).await[0].resolution, Some(Resolution::Success));
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_fails_with_its_reason_after_the_last_attempt() {
    let case = Case::new().await;
    let filed = case.file(plan(&["broken"], 2)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    let waiting = until(async || {
        let job = jobs.job(id).await.unwrap();
        (job.state == JobState::Waiting && job.attempts == 1).then_some(job)
    })
    .await;
    assert!(waiting.due > case.service.state.now(), "not at once");
    assert_eq!(case.analyses(&filed).await[0].state, AnalysisState::Processing);
    case.service.clock.advance(Duration::from_secs(30));
    let failed = case.ended(&filed).await.remove(0);
    assert_eq!(
        (failed.state, failed.failure.unwrap().code.as_str()),
        (AnalysisState::Failed, "storage.backend")
    );
    assert_eq!(jobs.job(id).await.unwrap().attempts, 2);
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn work_that_is_called_off_stops() {
    let case = Case::new().await;
    let filed = case.file(plan(&["hang"], 3)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    until(async || (jobs.job(id).await.unwrap().state == JobState::Leased).then_some(())).await;
    jobs.cancel(id, case.service.state.now()).await.unwrap();
    let failed = case.ended(&filed).await.remove(0);
    assert_eq!(
        (failed.state, failed.failure.unwrap().code.as_str()),
        (AnalysisState::Failed, "job.cancelled")
    );
    // The workers are free.
    let good = case.file(plan(&["face=ada"], 1)).await;
    assert_eq!(case.ended(&good).await[0].resolution, Some(Resolution::Success));
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn a_worker_that_goes_down_finishes_or_gives_back() {
    let case = Case::new().await;
    let filed = case.file(plan(&["hang"], 3)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    until(async || (jobs.job(id).await.unwrap().state == JobState::Leased).then_some(())).await;
    workers.stop(Duration::from_millis(20)).await;
    let job = jobs.job(id).await.unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 1));
    assert!(job.is_ready(case.service.state.now()), "others may have it at once");
    assert_eq!(job.failure.unwrap().code, "job.interrupted");
    let late = case.file(plan(&["face=ada"], 1)).await;
    assert_eq!(
        jobs.job(group_job(late.group)).await.unwrap().state,
        JobState::Waiting,
        "no more work is taken"
    );
}

#[tokio::test]
async fn a_lease_that_was_lost_leaves_no_picture_behind() {
    let case = Case::new().await;
    let filed = case.file(plan(&["face=ada hang-once"], 3)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    until(async || (jobs.job(id).await.unwrap().state == JobState::Leased).then_some(())).await;
    // Whoever heartbeats now is too late.
    case.service.clock.advance(Duration::from_secs(3_600));
    assert_eq!(case.ended(&filed).await[0].resolution, Some(Resolution::Success));
    assert_eq!(jobs.job(id).await.unwrap().attempts, 2);
    case.swept().await;
    assert_eq!(case.blobs().await.len(), 3, "the original, one best shot, one thumbnail");
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn what_is_not_answered_in_time_fails_and_its_worker_is_free() {
    let case = Case::with(|config| config.work.workers = Some(1)).await;
    let filed = case.file(plan(&["hang"], 9)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    until(async || (jobs.job(id).await.unwrap().state == JobState::Leased).then_some(())).await;
    // An hour to be delivered, a quarter to be worked at.
    case.service.clock.advance(Duration::from_secs(75 * 60 + 1));
    let failed = case.ended(&filed).await.remove(0);
    assert_eq!(
        (failed.state, failed.failure.unwrap().code.as_str()),
        (AnalysisState::Failed, "job.timed_out")
    );
    let good = case.file(plan(&["face=ada"], 1)).await;
    assert_eq!(case.ended(&good).await[0].resolution, Some(Resolution::Success));
    workers.stop(GRACE).await;
}
