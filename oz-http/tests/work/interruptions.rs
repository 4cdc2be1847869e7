//! Interrupted jobs: crashes, retries, cancellation, shutdown and timeouts.

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
async fn expired_lease_is_leased_again() {
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
async fn panicking_examiner_does_not_stop_the_workers() {
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
async fn retryable_error_fails_the_analysis_after_the_last_attempt() {
    let case = Case::new().await;
    let filed = case.file(plan(&["broken"], 2)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    let waiting = until(async || {
        let job = jobs.job(id).await.unwrap();
        (job.state == JobState::Waiting && job.attempts == 1).then_some(job)
    })
    .await;
    assert!(waiting.due > case.service.state.now(), "retried after a delay");
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
async fn cancelled_job_stops() {
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

    // The worker is free again.
    let good = case.file(plan(&["face=ada"], 1)).await;
    assert_eq!(case.ended(&good).await[0].resolution, Some(Resolution::Success));
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn stopped_worker_returns_unfinished_jobs() {
    let case = Case::new().await;
    let filed = case.file(plan(&["hang"], 3)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    until(async || (jobs.job(id).await.unwrap().state == JobState::Leased).then_some(())).await;
    workers.stop(Duration::from_millis(20)).await;
    let job = jobs.job(id).await.unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 1));
    assert!(job.is_ready(case.service.state.now()), "other workers may lease it at once");
    assert_eq!(job.failure.unwrap().code, "job.interrupted");

    let late = case.file(plan(&["face=ada"], 1)).await;
    assert_eq!(
        jobs.job(group_job(late.group)).await.unwrap().state,
        JobState::Waiting,
        "no more jobs are leased"
    );
}

#[tokio::test]
async fn lost_lease_leaves_no_blobs() {
    let case = Case::new().await;
    let filed = case.file(plan(&["face=ada hang-once"], 3)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    until(async || (jobs.job(id).await.unwrap().state == JobState::Leased).then_some(())).await;

    // The next heartbeat comes after the lease has expired.
    case.service.clock.advance(Duration::from_secs(3_600));
    assert_eq!(case.ended(&filed).await[0].resolution, Some(Resolution::Success));
    assert_eq!(jobs.job(id).await.unwrap().attempts, 2);

    case.swept().await;
    assert_eq!(case.blobs().await.len(), 3, "the original, one best shot, one thumbnail");
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn timed_out_analysis_fails_and_frees_its_worker() {
    let case = Case::with(|config| config.work.workers = Some(1)).await;
    let filed = case.file(plan(&["hang"], 9)).await;
    let (jobs, id) = (&case.service.ports().jobs, group_job(filed.group));
    let workers = case.workers();
    until(async || (jobs.job(id).await.unwrap().state == JobState::Leased).then_some(())).await;

    // Delivery timeout of one hour, processing timeout of 15 minutes.
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
