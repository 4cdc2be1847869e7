//! Claims about the notices (webhook jobs) of completed folders.

use std::sync::Arc;
use std::time::Duration;

use super::Database;
use super::fixture::{ALL, LEASE, at, failure, id, new_folder, new_group, passed, with_group};
use crate::{AsyncClaim, async_claims};
use oz_core::folder::{Folder, FolderChange, GroupId, JobKind, notice_id};
use oz_core::storage::{JobState, Retry};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        a_notice_is_queued_when_the_last_running_analysis_ends,
        no_notice_is_queued_without_an_endpoint,
        each_group_that_completes_the_folder_queues_one_notice,
        no_notice_is_queued_while_another_group_runs,
        every_failure_of_a_group_queues_a_notice,
        deleting_the_last_running_analysis_queues_a_notice_if_others_remain,
    ]
}

/// Stores a folder with an endpoint and a group of one analysis, all with the same number.
async fn put_with_endpoint(db: &Database, number: u128) {
    let endpoint = Some("https://example.org/hook".into());
    let folder = Folder { endpoint, ..new_folder(number) };
    db.put(&folder, &with_group(new_group(number, number, &[number]))).await;
}

async fn has_notice(db: &Database, group: u128) -> bool {
    db.has_job(notice_id(id::<GroupId>(group))).await
}

async fn notices(db: &Database, seconds: i64) -> u64 {
    db.jobs.ready(JobKind::Notice.name(), at(seconds)).await.unwrap()
}

async fn a_notice_is_queued_when_the_last_running_analysis_ends(db: Arc<Database>) {
    put_with_endpoint(&db, 1).await;
    assert!(!has_notice(&db, 1).await);
    db.answer(1, &[passed(1)], 5).await;
    let notice = db.jobs.job(notice_id(id(1))).await.unwrap();
    let expected = oz_core::storage::Job::from(oz_core::folder::notice(id(1), id(1), at(5)));
    assert_eq!(notice, expected);
    assert_eq!((notice.state, notice.due), (JobState::Waiting, at(5)));
    assert_eq!(notice.payload, db.folder(1).await.id.to_string().into_bytes());
}

async fn no_notice_is_queued_without_an_endpoint(db: Arc<Database>) {
    db.populate().await;
    db.answer(7, &[passed(1), passed(2)], 1).await;
    let change = FolderChange { metadata: None, endpoint: Some(Some("https://example.org".into())) };
    db.folders.update_folder(&ALL, id(1), &change, at(2)).await.unwrap();
    assert_eq!(notices(&db, 99).await, 0, "no group ended after the endpoint was set");
    put_with_endpoint(&db, 3).await;
    let change = FolderChange { metadata: None, endpoint: Some(None) };
    db.folders.update_folder(&ALL, id(3), &change, at(2)).await.unwrap();
    db.answer(3, &[], 3).await;
    assert_eq!(notices(&db, 99).await, 0, "the endpoint was removed");
}

async fn each_group_that_completes_the_folder_queues_one_notice(db: Arc<Database>) {
    put_with_endpoint(&db, 1).await;
    db.answer(1, &[passed(1)], 1).await;
    db.folders.start(&ALL, id(1), &new_group(2, 1, &[2]), at(2)).await.unwrap();
    assert_eq!(notices(&db, 2).await, 1);
    db.answer(2, &[passed(2)], 3).await;
    assert!(has_notice(&db, 1).await && has_notice(&db, 2).await);
    db.folders.delete_analysis(&ALL, id(2), at(4)).await.unwrap();
    db.folders.clear_folder(&ALL, id(1), at(5)).await.unwrap();
    assert_eq!(notices(&db, 99).await, 2, "later changes queue no notice");
}

async fn no_notice_is_queued_while_another_group_runs(db: Arc<Database>) {
    put_with_endpoint(&db, 1).await;
    db.folders.start(&ALL, id(1), &new_group(2, 1, &[2]), at(1)).await.unwrap();
    let kinds = [JobKind::Analysis.name()];
    for number in [1, 2] {
        assert_eq!(notices(&db, 9).await, 0);
        let leased = db.jobs.lease(&kinds, LEASE, at(1)).await.unwrap().expect("a group is ready");
        assert_eq!(leased.job.id.uuid().as_u128(), number);
        db.folders.finish(&leased.lease, id(number), &[passed(number)], &[], at(2)).await.unwrap();
    }
    assert!(
        has_notice(&db, 2).await && !has_notice(&db, 1).await,
        "the notice is that of the group that ended last"
    );
}

async fn every_failure_of_a_group_queues_a_notice(db: Arc<Database>) {
    put_with_endpoint(&db, 1).await;
    let lease = db.lease(1, 0).await;
    db.folders.fail(&lease, id(1), &failure(), Retry::Never, at(1)).await.unwrap();
    assert!(has_notice(&db, 1).await, "the job is dead");

    put_with_endpoint(&db, 2).await;
    db.lease(2, 2).await;
    db.lease(2, 32).await;
    let none = db.jobs.lease(&[JobKind::Analysis.name()], LEASE, at(62)).await.unwrap();
    assert!(none.is_none() && has_notice(&db, 2).await, "the last lease expired");

    put_with_endpoint(&db, 3).await;
    db.folders.expire(Duration::from_secs(9), Duration::ZERO, at(70)).await.unwrap();
    assert!(has_notice(&db, 3).await, "the group timed out");

    put_with_endpoint(&db, 4).await;
    db.jobs.cancel(id(4), at(71)).await.unwrap();
    assert!(has_notice(&db, 4).await, "the job was cancelled");

    assert_eq!(notices(&db, 99).await, 4);
}

async fn deleting_the_last_running_analysis_queues_a_notice_if_others_remain(db: Arc<Database>) {
    put_with_endpoint(&db, 1).await;
    db.answer(1, &[passed(1)], 1).await;
    db.folders.start(&ALL, id(1), &new_group(2, 1, &[2, 3]), at(2)).await.unwrap();
    db.folders.delete_analysis(&ALL, id(2), at(3)).await.unwrap();
    assert!(!has_notice(&db, 2).await, "one analysis is running");
    db.folders.delete_analysis(&ALL, id(3), at(4)).await.unwrap();
    assert!(has_notice(&db, 2).await);
    put_with_endpoint(&db, 5).await;
    db.folders.delete_analysis(&ALL, id(5), at(5)).await.unwrap();
    assert!(!has_notice(&db, 5).await, "no analysis is left");
}
