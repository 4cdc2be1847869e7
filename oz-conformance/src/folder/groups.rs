//! Claims about groups of analyses and their jobs.

use std::sync::Arc;
use std::time::Duration;

use super::Database;
use super::fixture::{ALL, LEASE, at, blob, failure, id, new_folder, new_group, passed, with_group};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::folder::{AnalysisState, FolderStatus, JobKind, Preview, group_job};
use oz_core::storage::{Failure, JobState, Lease, Retry};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        results_of_a_group_are_accepted_once,
        a_stale_lease_changes_nothing,
        the_lease_of_another_group_is_refused,
        an_analysis_without_a_result_fails,
        previews_are_stored_with_the_results,
        results_of_deleted_analyses_are_ignored,
        a_failed_attempt_leaves_the_analyses_processing,
        a_group_fails_with_the_failure_of_its_dead_job,
        the_expiry_of_the_last_lease_fails_the_group,
        a_cancelled_group_fails,
        ending_the_job_through_the_queue_ends_the_group,
        a_revived_job_does_not_change_ended_analyses,
        a_group_that_is_not_leased_in_time_fails,
        a_leased_group_gets_limited_additional_time,
        an_expired_lease_gives_no_additional_time,
        ended_and_recent_groups_do_not_expire,
    ]
}

const PROCESSING: (AnalysisState, Option<String>) = (AnalysisState::Processing, None);

fn failed(code: &str) -> (AnalysisState, Option<String>) {
    (AnalysisState::Failed, Some(code.into()))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn results_of_a_group_are_accepted_once(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    db.folders.finish(&lease, id(7), &[passed(1), passed(2)], &[], at(1)).await.unwrap();
    let (folder, analysis) = (db.folder(1).await, db.analysis(1).await);
    let job = db.jobs.job(lease.job).await.unwrap();
    assert_eq!((job.state, job.finished_at), (JobState::Done, Some(at(1))));
    assert_code(db.folders.finish(&lease, id(7), &[], &[], at(2)).await, "storage.conflict");
    let refused = db.folders.fail(&lease, id(7), &failure(), Retry::Never, at(2)).await;
    assert_code(refused, "storage.conflict");
    assert_eq!((db.folder(1).await, db.analysis(1).await), (folder, analysis));
}

async fn a_stale_lease_changes_nothing(db: Arc<Database>) {
    db.populate().await;
    let stale = db.lease(7, 0).await;
    assert_code(db.folders.finish(&stale, id(7), &[passed(1)], &[], at(30)).await, "storage.conflict");

    let live = db.lease(7, 30).await;
    assert_code(db.folders.finish(&stale, id(7), &[passed(1)], &[], at(31)).await, "storage.conflict");
    let refused = db.folders.fail(&stale, id(7), &failure(), Retry::Never, at(31)).await;
    assert_code(refused, "storage.conflict");

    let unknown = Lease { job: group_job(id(9)), ..live };
    assert_code(db.folders.finish(&unknown, id(9), &[], &[], at(31)).await, "storage.not_found");
    let refused = db.folders.fail(&unknown, id(9), &failure(), Retry::Never, at(31)).await;
    assert_code(refused, "storage.not_found");

    assert_eq!(db.end_state(1).await, PROCESSING);
    assert_eq!(db.folder(1).await.updated, at(0));
    assert_eq!(db.jobs.job(live.job).await.unwrap().state, JobState::Leased);
    db.folders.finish(&live, id(7), &[passed(1), passed(2)], &[], at(31)).await.unwrap();
}

async fn the_lease_of_another_group_is_refused(db: Arc<Database>) {
    db.populate().await;
    db.put(&new_folder(2), &with_group(new_group(8, 2, &[3]))).await;
    let lease = db.lease(7, 0).await;
    assert_code(db.folders.finish(&lease, id(8), &[passed(3)], &[], at(1)).await, "storage.conflict");
    let refused = db.folders.fail(&lease, id(8), &failure(), Retry::Never, at(1)).await;
    assert_code(refused, "storage.conflict");
    assert_eq!((db.end_state(1).await, db.end_state(3).await), (PROCESSING, PROCESSING));
}

async fn previews_are_stored_with_the_results(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    let preview = |number| Preview { thumbnail: Some(blob(number)), width: Some(9), ..Preview::default() };
    let previews = [(id(1), preview(31)), (id(99), preview(32))];
    let answers = [passed(1), passed(2)];
    let unstaged = db.folders.finish(&lease, id(7), &answers, &previews, at(1)).await;
    assert_code(unstaged, "storage.conflict");
    assert_eq!(db.end_state(1).await, PROCESSING, "results and previews are stored atomically");
    db.erasures.stage(&[blob(31), blob(32)], at(100)).await.unwrap();
    db.folders.finish(&lease, id(7), &answers, &previews, at(2)).await.unwrap();
    assert_eq!(db.media(1).await.preview, preview(31));
    assert_eq!(db.erasures.due(at(2), 9).await.unwrap(), [blob(32)], "the media of the preview are absent");
    assert_eq!(db.erasures.staged().await.unwrap(), 1);
}

async fn an_analysis_without_a_result_fails(db: Arc<Database>) {
    db.populate().await;
    db.answer(7, &[passed(2)], 1).await;
    assert_eq!(db.end_state(1).await, failed(Failure::NO_ANSWER));
    assert_eq!(db.end_state(2).await, (AnalysisState::Finished, None));
    assert_eq!(db.analysis(1).await.finished, Some(at(1)));
    assert_eq!(db.folder(1).await.state.status, FolderStatus::Failed);
}

async fn results_of_deleted_analyses_are_ignored(db: Arc<Database>) {
    db.populate().await;
    db.folders.delete_analysis(&ALL, id(1), at(1)).await.unwrap();
    db.answer(7, &[passed(1), passed(2), passed(99)], 2).await;
    assert_eq!(db.group(7).await, [2]);
    assert_eq!(db.folder(1).await.state.status, FolderStatus::Finished);
}

async fn a_failed_attempt_leaves_the_analyses_processing(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    let retry = Retry::After(seconds(10));
    let state = db.folders.fail(&lease, id(7), &failure(), retry, at(1)).await.unwrap();
    assert_eq!(state, JobState::Waiting);
    assert_eq!(db.end_state(1).await, PROCESSING);
    let none = db.jobs.lease(&[JobKind::Analysis.name()], LEASE, at(10)).await.unwrap();
    assert_eq!(none, None);
    db.answer(7, &[passed(1), passed(2)], 11).await;
}

async fn a_group_fails_with_the_failure_of_its_dead_job(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    let state = db.folders.fail(&lease, id(7), &failure(), Retry::Never, at(1)).await.unwrap();
    assert_eq!(state, JobState::Dead);
    for number in [1, 2] {
        assert_eq!(db.analysis(number).await.failure, Some(failure()));
        assert_eq!(db.analysis(number).await.finished, Some(at(1)));
    }
    assert_eq!((db.folder(1).await.state.status, db.folder(1).await.updated), (FolderStatus::Failed, at(1)));

    db.put(&new_folder(2), &with_group(new_group(8, 2, &[3]))).await;
    for (moment, expected) in [(2, JobState::Waiting), (3, JobState::Dead)] {
        let lease = db.lease(8, moment).await;
        let retry = Retry::After(Duration::ZERO);
        let state = db.folders.fail(&lease, id(8), &failure(), retry, at(moment)).await.unwrap();
        assert_eq!(state, expected);
    }
    assert_eq!(db.analysis(3).await.failure, Some(failure()));
}

async fn the_expiry_of_the_last_lease_fails_the_group(db: Arc<Database>) {
    db.populate().await;
    db.lease(7, 0).await;
    let last = db.lease(7, 30).await;
    assert_eq!(db.end_state(1).await, PROCESSING, "one attempt is left");
    let none = db.jobs.lease(&[JobKind::Analysis.name()], LEASE, at(60)).await.unwrap();
    assert_eq!(none, None);
    assert_eq!(db.end_state(1).await, failed(Failure::LEASE_EXPIRED));
    assert_eq!((db.folder(1).await.state.status, db.folder(1).await.updated), (FolderStatus::Failed, at(60)));
    assert_code(db.folders.finish(&last, id(7), &[passed(1)], &[], at(61)).await, "storage.conflict");
    assert_eq!(db.end_state(1).await, failed(Failure::LEASE_EXPIRED));
}

async fn a_cancelled_group_fails(db: Arc<Database>) {
    db.populate().await;
    db.jobs.cancel(group_job(id(7)), at(1)).await.unwrap();
    assert_eq!(db.end_state(1).await, failed(Failure::CANCELLED), "the job was waiting");

    db.put(&new_folder(2), &with_group(new_group(8, 2, &[3]))).await;
    let lease = db.lease(8, 2).await;
    db.jobs.cancel(group_job(id(8)), at(3)).await.unwrap();
    assert_eq!(db.end_state(3).await, PROCESSING, "the job is leased");
    let retry = Retry::After(seconds(9));
    let state = db.folders.fail(&lease, id(8), &failure(), retry, at(4)).await.unwrap();
    assert_eq!(state, JobState::Cancelled);
    assert_eq!(db.end_state(3).await, failed(Failure::CANCELLED), "the worker gave up the job");
}

async fn ending_the_job_through_the_queue_ends_the_group(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    db.jobs.fail(&lease, &failure(), Retry::Never, at(1)).await.unwrap();
    assert_eq!(db.analysis(1).await.failure, Some(failure()));
    db.put(&new_folder(2), &with_group(new_group(8, 2, &[3]))).await;
    let lease = db.lease(8, 2).await;
    db.jobs.complete(&lease, b"", at(3)).await.unwrap();
    assert_eq!(db.end_state(3).await, failed(Failure::NO_ANSWER));
    assert_eq!(db.folder(2).await.state.status, FolderStatus::Failed);
}

async fn a_revived_job_does_not_change_ended_analyses(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    db.folders.fail(&lease, id(7), &failure(), Retry::Never, at(1)).await.unwrap();
    db.jobs.revive(group_job(id(7)), at(2)).await.unwrap();
    db.answer(7, &[passed(1), passed(2)], 3).await;
    assert_eq!(db.analysis(1).await.failure, Some(failure()));
    assert_eq!(db.folder(1).await.updated, at(1));
}

async fn a_group_that_is_not_leased_in_time_fails(db: Arc<Database>) {
    db.populate().await;
    assert_eq!(
        db.folders.expire(seconds(10), seconds(5), at(10)).await.unwrap(),
        0,
        "the limit is inclusive"
    );
    assert_eq!(db.folders.expire(seconds(10), seconds(5), at(11)).await.unwrap(), 1);

    for number in [1, 2] {
        assert_eq!(db.end_state(number).await, failed(Failure::TIMED_OUT));
    }
    assert_eq!((db.folder(1).await.state.status, db.folder(1).await.updated), (FolderStatus::Failed, at(11)));

    let job = db.jobs.job(group_job(id(7))).await.unwrap();
    let code = job.failure.map(|failure| failure.code);
    assert_eq!((job.state, code.as_deref()), (JobState::Dead, Some(Failure::TIMED_OUT)));
    assert_eq!(db.folders.expire(seconds(10), seconds(5), at(12)).await.unwrap(), 0);
}

async fn a_leased_group_gets_limited_additional_time(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    assert_eq!(db.folders.expire(seconds(10), seconds(5), at(15)).await.unwrap(), 0);
    assert_eq!(db.end_state(1).await, PROCESSING);
    assert_eq!(db.folders.expire(seconds(10), seconds(5), at(16)).await.unwrap(), 1);
    assert_eq!(db.end_state(1).await, failed(Failure::TIMED_OUT));
    assert_code(db.jobs.heartbeat(&lease, LEASE, at(17)).await, "storage.conflict");
    assert_code(db.folders.finish(&lease, id(7), &[passed(1)], &[], at(17)).await, "storage.conflict");
    assert_eq!(db.end_state(1).await, failed(Failure::TIMED_OUT));
}

async fn an_expired_lease_gives_no_additional_time(db: Arc<Database>) {
    db.populate().await;
    db.lease(7, 0).await;
    assert_eq!(db.folders.expire(seconds(10), seconds(500), at(29)).await.unwrap(), 0);
    assert_eq!(db.folders.expire(seconds(10), seconds(500), at(30)).await.unwrap(), 1);
    assert_eq!(db.end_state(1).await, failed(Failure::TIMED_OUT));
}

async fn ended_and_recent_groups_do_not_expire(db: Arc<Database>) {
    db.populate().await;
    db.answer(7, &[passed(1), passed(2)], 1).await;
    let mut late = new_group(8, 2, &[3]);
    late.analyses[0].created = at(50);
    db.put(&new_folder(2), &with_group(late)).await;
    db.put(&new_folder(3), &with_group(new_group(9, 3, &[4]))).await;
    assert_eq!(db.folders.expire(seconds(10), seconds(5), at(60)).await.unwrap(), 1);
    assert_eq!(db.end_state(1).await, (AnalysisState::Finished, None));
    assert_eq!(db.end_state(3).await, PROCESSING);
    assert_eq!(db.end_state(4).await, failed(Failure::TIMED_OUT));
}
