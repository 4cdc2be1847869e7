//! Claims about notices of complete folders.

use std::sync::Arc;
use std::time::Duration;

use super::Database;
use super::setting::{ALL, LEASE, at, failure, id, new_folder, new_group, passed, with_group};
use crate::{AsyncClaim, async_claims};
use oz_core::folder::{Folder, FolderChange, GroupId, JobKind, notice_id};
use oz_core::storage::{JobState, Retry};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        a_notice_is_queued_when_the_last_running_analysis_ends,
        without_an_endpoint_there_is_no_notice,
        each_group_that_completes_the_folder_is_told_once,
        while_another_group_runs_there_is_no_notice,
        a_group_that_fails_is_told_however_it_failed,
        a_notice_is_queued_when_the_last_running_analysis_goes_and_others_are_left,
    ]
}

/// Folder `number` with an endpoint, and a group of one analysis of the same number.
async fn told(db: &Database, number: u128) {
    let endpoint = Some("https://example.org/hook".into());
    let folder = Folder { endpoint, ..new_folder(number) };
    db.put(&folder, &with_group(new_group(number, number, &[number]))).await;
}

async fn is_told(db: &Database, group: u128) -> bool {
    db.has_job(notice_id(id::<GroupId>(group))).await
}

async fn notices(db: &Database, seconds: i64) -> u64 {
    db.jobs.ready(JobKind::Notice.name(), at(seconds)).await.unwrap()
}

async fn a_notice_is_queued_when_the_last_running_analysis_ends(db: Arc<Database>) {
    told(&db, 1).await;
    assert!(!is_told(&db, 1).await);
    db.answer(1, &[passed(1)], 5).await;
    let notice = db.jobs.job(notice_id(id(1))).await.unwrap();
    let expected = oz_core::storage::Job::from(oz_core::folder::notice(id(1), id(1), at(5)));
    assert_eq!(notice, expected);
    assert_eq!((notice.state, notice.due), (JobState::Waiting, at(5)));
    assert_eq!(notice.payload, db.folder(1).await.id.to_string().into_bytes());
}

async fn without_an_endpoint_there_is_no_notice(db: Arc<Database>) {
    db.filled().await;
    db.answer(7, &[passed(1), passed(2)], 1).await;
    let change = FolderChange { metadata: None, endpoint: Some(Some("https://example.org".into())) };
    db.folders.update_folder(&ALL, id(1), &change, at(2)).await.unwrap();
    assert_eq!(notices(&db, 99).await, 0, "nothing ended since there is one");
    told(&db, 3).await;
    let change = FolderChange { metadata: None, endpoint: Some(None) };
    db.folders.update_folder(&ALL, id(3), &change, at(2)).await.unwrap();
    db.answer(3, &[], 3).await;
    assert_eq!(notices(&db, 99).await, 0, "the endpoint is gone");
}

async fn each_group_that_completes_the_folder_is_told_once(db: Arc<Database>) {
    told(&db, 1).await;
    db.answer(1, &[passed(1)], 1).await;
    db.folders.start(&ALL, id(1), &new_group(2, 1, &[2]), at(2)).await.unwrap();
    assert_eq!(notices(&db, 2).await, 1);
    db.answer(2, &[passed(2)], 3).await;
    assert!(is_told(&db, 1).await && is_told(&db, 2).await);
    db.folders.delete_analysis(&ALL, id(2), at(4)).await.unwrap();
    db.folders.clear_folder(&ALL, id(1), at(5)).await.unwrap();
    assert_eq!(notices(&db, 99).await, 2, "later changes tell nothing");
}

async fn while_another_group_runs_there_is_no_notice(db: Arc<Database>) {
    told(&db, 1).await;
    db.folders.start(&ALL, id(1), &new_group(2, 1, &[2]), at(1)).await.unwrap();
    let kinds = [JobKind::Analysis.name()];
    for number in [1, 2] {
        assert_eq!(notices(&db, 9).await, 0);
        let leased = db.jobs.lease(&kinds, LEASE, at(1)).await.unwrap().expect("a group is ready");
        assert_eq!(leased.job.id.uuid().as_u128(), number);
        db.folders.finish(&leased.lease, id(number), &[passed(number)], &[], at(2)).await.unwrap();
    }
    assert!(is_told(&db, 2).await && !is_told(&db, 1).await, "the group that ended last is told");
}

async fn a_group_that_fails_is_told_however_it_failed(db: Arc<Database>) {
    told(&db, 1).await;
    let lease = db.lease(1, 0).await;
    db.folders.fail(&lease, id(1), &failure(), Retry::Never, at(1)).await.unwrap();
    assert!(is_told(&db, 1).await, "its job died");
    told(&db, 2).await;
    db.lease(2, 2).await;
    db.lease(2, 32).await;
    let none = db.jobs.lease(&[JobKind::Analysis.name()], LEASE, at(62)).await.unwrap();
    assert!(none.is_none() && is_told(&db, 2).await, "its last lease ran out");
    told(&db, 3).await;
    db.folders.expire(Duration::from_secs(9), Duration::ZERO, at(70)).await.unwrap();
    assert!(is_told(&db, 3).await, "it took too long");
    told(&db, 4).await;
    db.jobs.cancel(id(4), at(71)).await.unwrap();
    assert!(is_told(&db, 4).await, "it was called off");
    assert_eq!(notices(&db, 99).await, 4);
}

async fn a_notice_is_queued_when_the_last_running_analysis_goes_and_others_are_left(db: Arc<Database>) {
    told(&db, 1).await;
    db.answer(1, &[passed(1)], 1).await;
    db.folders.start(&ALL, id(1), &new_group(2, 1, &[2, 3]), at(2)).await.unwrap();
    db.folders.delete_analysis(&ALL, id(2), at(3)).await.unwrap();
    assert!(!is_told(&db, 2).await, "one still runs");
    db.folders.delete_analysis(&ALL, id(3), at(4)).await.unwrap();
    assert!(is_told(&db, 2).await);
    told(&db, 5).await;
    db.folders.delete_analysis(&ALL, id(5), at(5)).await.unwrap();
    assert!(!is_told(&db, 5).await, "there is nothing to tell of");
}
