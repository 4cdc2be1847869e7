//! Claims about scopes: every method with every kind of scope.

use std::sync::Arc;

use super::Database;
use super::fixture::{
    ALL, at, company, failure, id, metadata, new_folder, new_group, new_media, passed, user,
};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::Result;
use oz_core::account::Scope;
use oz_core::folder::{
    Analysis, AnalysisFilter, Folder, FolderChange, FolderContent, FolderFilter, OperatorDecision,
    Resolution, Statistics, StoredMedia,
};
use oz_core::listing::{Slice, TimeRange};
use oz_core::storage::Retry;

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        records_in_a_scope_are_read,
        records_outside_a_scope_are_not_found,
        lists_and_counts_are_limited_to_the_scope,
        records_outside_a_scope_cannot_be_changed,
        records_in_a_scope_can_be_changed,
        deleting_outside_a_scope_does_nothing,
        media_and_analyses_have_the_scope_of_their_folder,
    ]
}

fn inside() -> [Scope; 3] {
    [Scope::Owner(company(1), user(1)), Scope::Company(company(1)), ALL]
}

fn outside() -> [Scope; 5] {
    [
        Scope::Nothing,
        Scope::Owner(company(1), user(2)),
        Scope::Owner(company(2), user(1)),
        Scope::Company(company(2)),
        Scope::Owner(company(2), user(2)),
    ]
}

/// Stores folder 1 with media 1 and 2 and the finished analyses 1 and 2.
async fn populate_finished(db: &Database) {
    db.populate().await;
    db.answer(7, &[passed(1), passed(2)], 1).await;
}

fn decision() -> OperatorDecision {
    OperatorDecision { resolution: Resolution::Success, comment: None, by: user(3), at: at(9) }
}

async fn records_in_a_scope_are_read(db: Arc<Database>) {
    populate_finished(&db).await;
    for scope in inside() {
        assert_eq!(db.folders.folder(&scope, id(1)).await.unwrap().id, id(1));
        assert_eq!(db.folders.media(&scope, id(2)).await.unwrap(), new_media(2, 1));
        assert_eq!(db.folders.analysis(&scope, id(2)).await.unwrap().id, id(2));
    }
}

async fn records_outside_a_scope_are_not_found(db: Arc<Database>) {
    populate_finished(&db).await;
    for scope in outside() {
        assert_code(db.folders.folder(&scope, id(1)).await, "storage.not_found");
        assert_code(db.folders.media(&scope, id(1)).await, "storage.not_found");
        assert_code(db.folders.analysis(&scope, id(1)).await, "storage.not_found");
    }
}

async fn lists_and_counts_are_limited_to_the_scope(db: Arc<Database>) {
    populate_finished(&db).await;
    let theirs = Folder { owner: user(2), ..new_folder(2) };
    let foreign = Folder { company: company(2), ..new_folder(3) };
    for (folder, number) in [(theirs, 2), (foreign, 3)] {
        let media = vec![new_media(number + 10, number)];
        let group = Some(new_group(number, number, &[number + 10]));
        db.put(&folder, &FolderContent { media, group, jobs: vec![] }).await;
    }

    let cases = [
        (Scope::Nothing, [].as_slice()),
        (Scope::Owner(company(1), user(1)), &[1]),
        (Scope::Owner(company(1), user(2)), &[2]),
        (Scope::Owner(company(2), user(2)), &[]),
        (Scope::Company(company(1)), &[1, 2]),
        (Scope::Company(company(2)), &[3]),
        (ALL, &[1, 2, 3]),
    ];
    for (scope, expected) in cases {
        check_lists(&db, &scope, expected).await;
    }
}

async fn check_lists(db: &Database, scope: &Scope, expected: &[u128]) {
    let (any, slice) = (FolderFilter::default(), Slice::default());
    let folders = db.folders.folders(scope, &any, &slice).await.unwrap();
    let ids: Vec<u128> = folders.iter().map(|folder| folder.id.uuid().as_u128()).collect();
    assert_eq!(ids, expected, "{scope:?}");
    assert_eq!(db.folders.count_folders(scope, &any).await.unwrap(), expected.len() as u64);

    let of = |number: &u128| if *number == 1 { vec![1, 2] } else { vec![number + 10] };
    let inner: Vec<u128> = expected.iter().flat_map(of).collect();
    let media = db.folders.media_of(scope, &[id(1), id(2), id(3)]).await.unwrap();
    let ids: Vec<u128> = media.iter().map(|media| media.id.uuid().as_u128()).collect();
    assert_eq!(ids, inner, "media of {scope:?}");

    let any = AnalysisFilter::default();
    let analyses = db.folders.analyses(scope, &any, &slice).await.unwrap();
    let ids: Vec<u128> = analyses.iter().map(|analysis| analysis.id.uuid().as_u128()).collect();
    assert_eq!(ids, inner, "analyses of {scope:?}");
    assert_eq!(db.folders.count_analyses(scope, &any).await.unwrap(), inner.len() as u64);

    let counted = db.folders.statistics(scope, &TimeRange::default(), "iin").await.unwrap();
    assert_eq!(total(&counted), (expected.len() as u64, inner.len() as u64), "statistics of {scope:?}");
}

fn total(statistics: &Statistics) -> (u64, u64) {
    let folders = statistics.folders.iter().map(|count| count.count).sum();
    (folders, statistics.analyses.iter().map(|count| count.count).sum())
}

/// Results of every change that a scope limits.
async fn change_all(db: &Database, scope: &Scope) -> Vec<Result<()>> {
    let folders = &db.folders;
    db.stage_blobs(&[3]).await;
    vec![
        folders.update_folder(scope, id(1), &FolderChange::default(), at(9)).await.map(drop),
        folders.add_media(scope, id(1), &[new_media(3, 1)], &[], at(9)).await,
        folders.update_media(scope, id(1), Some(&[]), None, at(9)).await.map(drop),
        folders.decide(scope, id(1), &decision()).await.map(drop),
        folders.update_analysis(scope, id(1), &metadata(r#"{"a": 1}"#), at(9)).await.map(drop),
        folders.clear_folder(scope, id(1), at(9)).await,
        folders.start(scope, id(1), &new_group(8, 1, &[3]), at(9)).await,
    ]
}

async fn snapshot(db: &Database) -> (Folder, Vec<StoredMedia>, Vec<Analysis>) {
    let analyses = db.folders.analyses(&ALL, &AnalysisFilter::default(), &Slice::default()).await.unwrap();
    (db.folder(1).await, db.folders.media_of(&ALL, &[id(1)]).await.unwrap(), analyses)
}

async fn records_outside_a_scope_cannot_be_changed(db: Arc<Database>) {
    populate_finished(&db).await;
    let before = snapshot(&db).await;
    for scope in outside() {
        for result in change_all(&db, &scope).await {
            assert_code(result, "storage.not_found");
        }
        assert_eq!(snapshot(&db).await, before, "{scope:?}");
    }
}

async fn records_in_a_scope_can_be_changed(db: Arc<Database>) {
    for scope in inside() {
        populate_finished(&db).await;
        for result in change_all(&db, &scope).await {
            result.unwrap();
        }
        let lease = db.lease(8, 9).await;
        db.folders.fail(&lease, id(8), &failure(), Retry::Never, at(9)).await.unwrap();
        db.folders.delete_media(&scope, id(1), at(9)).await.unwrap();
        db.folders.delete_analysis(&scope, id(1), at(9)).await.unwrap();
        assert_code(db.folders.media(&ALL, id(1)).await, "storage.not_found");
        assert_code(db.folders.analysis(&ALL, id(1)).await, "storage.not_found");
        db.folders.delete_folder(&scope, id(1), at(9)).await.unwrap();
        assert_code(db.folders.folder(&ALL, id(1)).await, "storage.not_found");
    }
}

async fn deleting_outside_a_scope_does_nothing(db: Arc<Database>) {
    populate_finished(&db).await;
    let before = snapshot(&db).await;
    for scope in outside() {
        db.folders.delete_media(&scope, id(1), at(9)).await.unwrap();
        db.folders.delete_analysis(&scope, id(1), at(9)).await.unwrap();
        db.folders.delete_folder(&scope, id(1), at(9)).await.unwrap();
        assert_eq!(snapshot(&db).await, before, "{scope:?}");
        assert_eq!(db.erasures.staged().await.unwrap(), 0);
    }
}

async fn media_and_analyses_have_the_scope_of_their_folder(db: Arc<Database>) {
    let media = vec![StoredMedia { owner: user(2), ..new_media(1, 1) }];
    let mut group = new_group(7, 1, &[1]);
    group.analyses[0].owner = user(2);
    db.put(&new_folder(1), &FolderContent { media, group: Some(group), jobs: vec![] }).await;
    let (owner, other) = (Scope::Owner(company(1), user(1)), Scope::Owner(company(1), user(2)));
    assert_eq!(db.folders.media(&owner, id(1)).await.unwrap().owner, user(2));
    assert_eq!(db.folders.analysis(&owner, id(1)).await.unwrap().owner, user(2));
    assert_code(db.folders.media(&other, id(1)).await, "storage.not_found");
    assert_code(db.folders.analysis(&other, id(1)).await, "storage.not_found");
}
