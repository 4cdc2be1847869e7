//! Claims about folders.

use std::sync::Arc;

use super::Database;
use super::setting::{
    ALL, LEASE, at, blob, company, id, metadata, new_folder, new_group, new_job, new_media, passed, user,
    with_group, with_media,
};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::folder::{
    AnalysisId, Folder, FolderChange, FolderContent, FolderId, FolderState, FolderStatus, FolderVerdict,
    GroupId, JobKind, MediaId, NewGroup, OperatorDecision, Preview, Resolution, group_job, notice_id,
};
use oz_core::storage::{JobId, JobState};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        a_folder_is_read_back_as_it_was_stored,
        what_a_folder_begins_with_is_stored_with_it,
        a_folder_is_stored_whole_or_not_at_all,
        a_changed_folder_keeps_what_was_not_changed,
        every_change_moves_the_time_of_the_folder,
        a_deleted_folder_takes_everything_with_it,
        work_on_a_deleted_folder_is_called_off,
        deleting_what_is_absent_succeeds,
        reading_what_is_absent_is_not_found,
        a_company_with_folders_is_not_deleted,
    ]
}

async fn a_folder_is_read_back_as_it_was_stored(db: Arc<Database>) {
    let bare = Folder { owner: user(2), created: at(-5), ..new_folder(1) };
    let told = Folder { endpoint: Some("https://example.org/ö".into()), ..new_folder(2) };
    for folder in [bare, told] {
        db.put(&folder, &FolderContent::default()).await;
        assert_eq!(db.folders.folder(&ALL, folder.id).await.unwrap(), folder);
    }
}

async fn what_a_folder_begins_with_is_stored_with_it(db: Arc<Database>) {
    let content = FolderContent {
        media: vec![new_media(1, 1)],
        group: Some(new_group(7, 1, &[1, 2])),
        jobs: vec![new_job(50, JobKind::Preview, 1)],
    };
    db.put(&new_folder(1), &content).await;
    let state = FolderState { status: FolderStatus::Processing, verdict: FolderVerdict::Processing };
    assert_eq!(db.folder(1).await, Folder { state, ..new_folder(1) });
    assert_eq!(db.media(1).await, new_media(1, 1));
    assert_eq!(db.group(7).await, [1, 2]);
    for new in [content.group.unwrap().job, content.jobs[0].clone()] {
        let job = db.jobs.job(new.id).await.unwrap();
        assert_eq!((job.state, job.kind, job.payload), (JobState::Waiting, new.kind, new.payload));
    }
}

async fn a_folder_is_stored_whole_or_not_at_all(db: Arc<Database>) {
    let first = FolderContent {
        media: vec![new_media(1, 1)],
        group: Some(new_group(7, 1, &[1])),
        jobs: vec![new_job(50, JobKind::Preview, 1)],
    };
    db.put(&new_folder(1), &first).await;
    let content = FolderContent {
        media: vec![new_media(12, 2), new_media(13, 2)],
        group: Some(new_group(17, 2, &[11, 12])),
        jobs: vec![new_job(60, JobKind::Preview, 12)],
    };
    db.stage(&content.media).await;
    let staged = db.erasures.staged().await.unwrap();
    for (why, broken, code) in broken(&content) {
        let result = db.folders.create_folder(&new_folder(2), &broken).await;
        assert_eq!(result.err().map(|error| error.code()), Some(code), "{why}");
        assert_code(db.folders.folder(&ALL, id(2)).await, "storage.not_found");
        assert_code(db.folders.media(&ALL, id(12)).await, "storage.not_found");
        assert_code(db.folders.analysis(&ALL, id(12)).await, "storage.not_found");
        assert!(!db.has_job(group_job(id(17))).await && !db.has_job(id(60)).await, "{why}");
        assert_eq!(db.erasures.staged().await.unwrap(), staged, "{why}");
    }
    assert_code(db.folders.create_folder(&new_folder(1), &content).await, "storage.conflict");
    db.folders.create_folder(&new_folder(2), &content).await.unwrap();
}

/// Content that must be refused, with the code.
fn broken(content: &FolderContent) -> Vec<(&'static str, FolderContent, &'static str)> {
    let taken_media = with_media(vec![content.media[0].clone(), new_media(1, 2)]);
    let media_twice = with_media(vec![content.media[0].clone(), content.media[0].clone()]);
    let unstaged = with_media(vec![content.media[0].clone(), new_media(99, 2)]);
    let mut blob_twice = content.clone();
    blob_twice.media[1].blob = Some(blob(12));
    let taken_analysis = FolderContent { group: Some(new_group(17, 2, &[12, 1])), ..content.clone() };
    let of_taken_group = NewGroup { job: new_group(7, 1, &[1]).job, ..new_group(17, 2, &[11, 12]) };
    let taken_group = FolderContent { group: Some(of_taken_group), ..content.clone() };
    let preview = |number| vec![new_job(60, JobKind::Preview, 12), new_job(number, JobKind::Preview, 0)];
    let taken_job = FolderContent { jobs: preview(50), ..content.clone() };
    let job_twice = FolderContent { jobs: preview(60), ..content.clone() };
    let mut absent_source = content.clone();
    absent_source.group.iter_mut().for_each(|group| group.analyses[1].sources = vec![id(12), id(1)]);
    vec![
        ("media id taken", taken_media, "storage.conflict"),
        ("media id twice", media_twice, "storage.conflict"),
        ("blob not staged", unstaged, "storage.conflict"),
        ("blob named twice", blob_twice, "storage.conflict"),
        ("analysis id taken", taken_analysis, "storage.conflict"),
        ("group taken", taken_group, "storage.conflict"),
        ("job id taken", taken_job, "storage.conflict"),
        ("job id twice", job_twice, "storage.conflict"),
        ("source in another folder", absent_source, "storage.not_found"),
    ]
}

async fn a_changed_folder_keeps_what_was_not_changed(db: Arc<Database>) {
    db.put(
        &Folder { endpoint: Some("https://a.example".into()), ..new_folder(1) },
        &FolderContent::default(),
    )
    .await;
    let folder = db.folder(1).await;
    let attributes = metadata(r#"{"new": [1, {"x": "y"}]}"#);
    let change = FolderChange { metadata: Some(attributes.clone()), endpoint: None };
    let changed = db.folders.update_folder(&ALL, id(1), &change, at(1)).await.unwrap();
    assert_eq!(changed, Folder { metadata: attributes.clone(), updated: at(1), ..folder });
    let change = FolderChange { metadata: None, endpoint: Some(None) };
    let changed = db.folders.update_folder(&ALL, id(1), &change, at(2)).await.unwrap();
    assert_eq!((changed.endpoint.as_ref(), &changed.metadata), (None, &attributes));
    let change = FolderChange { metadata: None, endpoint: Some(Some("https://b.example".into())) };
    let changed = db.folders.update_folder(&ALL, id(1), &change, at(3)).await.unwrap();
    assert_eq!(changed.endpoint.as_deref(), Some("https://b.example"));
    assert_eq!(db.folder(1).await, changed);
}

async fn every_change_moves_the_time_of_the_folder(db: Arc<Database>) {
    let folders = &db.folders;
    db.put(&new_folder(1), &FolderContent::default()).await;
    let (folder, media, analysis): (FolderId, MediaId, AnalysisId) = (id(1), id(1), id(1));
    db.stage_blobs(&[1, 2]).await;
    let preview_job = new_job(50, JobKind::Preview, 1);
    folders
        .add_media(&ALL, folder, &[new_media(1, 1), new_media(2, 1)], &[preview_job], at(1))
        .await
        .unwrap();
    assert_eq!(db.folder(1).await.updated, at(1), "media were added");
    folders.update_media(&ALL, media, Some(&[]), None, at(2)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(2), "media were tagged");
    let lease = db.jobs.lease(&["preview"], LEASE, at(2)).await.unwrap().unwrap().lease;
    folders.complete_preview(&lease, media, &Preview::default(), at(3)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(3), "media were looked at");
    folders.delete_media(&ALL, id(2), at(4)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(4), "media were deleted");
    folders.start(&ALL, folder, &new_group(7, 1, &[1, 2]), at(5)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(5), "analyses were started");
    db.answer(7, &[passed(1)], 6).await;
    assert_eq!(db.folder(1).await.updated, at(6), "analyses ended");
    let decision =
        OperatorDecision { resolution: Resolution::Declined, comment: None, by: user(2), at: at(7) };
    folders.decide(&ALL, analysis, &decision).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(7), "somebody decided");
    folders.update_analysis(&ALL, analysis, &metadata("{}"), at(8)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(8), "an analysis got attributes");
    folders.delete_analysis(&ALL, analysis, at(9)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(9), "an analysis was deleted");
    folders.clear_folder(&ALL, folder, at(10)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(10), "media were cleared");
}

async fn a_deleted_folder_takes_everything_with_it(db: Arc<Database>) {
    let told = Folder { endpoint: Some("https://a.example".into()), ..new_folder(1) };
    let content = FolderContent {
        media: vec![new_media(1, 1)],
        group: Some(new_group(7, 1, &[1])),
        jobs: vec![new_job(50, JobKind::Preview, 1)],
    };
    db.put(&told, &content).await;
    db.answer(7, &[passed(1)], 1).await;
    db.folders.start(&ALL, id(1), &new_group(8, 1, &[2]), at(2)).await.unwrap();
    db.put(&new_folder(2), &with_group(new_group(9, 2, &[3]))).await;
    let notice = notice_id(id(7));
    let theirs: [JobId; 3] = [group_job(id(8)), id(50), notice];
    for job in theirs {
        assert!(db.has_job(job).await, "{job:?}");
    }

    db.folders.delete_folder(&ALL, id(1), at(3)).await.unwrap();
    assert_code(db.folders.folder(&ALL, id(1)).await, "storage.not_found");
    assert_code(db.folders.media(&ALL, id(1)).await, "storage.not_found");
    assert_code(db.folders.analysis(&ALL, id(1)).await, "storage.not_found");
    assert_eq!(db.folders.media_of(&ALL, &[id(1)]).await.unwrap(), []);
    assert_eq!(db.folders.group(id::<GroupId>(8)).await.unwrap(), []);
    for job in theirs {
        assert!(!db.has_job(job).await, "{job:?} is left");
    }
    assert!(db.has_job(group_job(id(9))).await, "the job of another folder stays");
    db.put(&told, &content).await;
}

async fn work_on_a_deleted_folder_is_called_off(db: Arc<Database>) {
    db.filled().await;
    let lease = db.lease(7, 0).await;
    db.folders.delete_folder(&ALL, id(1), at(1)).await.unwrap();
    assert!(db.jobs.heartbeat(&lease, LEASE, at(2)).await.unwrap().cancel_requested);
    db.folders.finish(&lease, id(7), &[passed(1), passed(2)], &[], at(3)).await.unwrap();
    assert_eq!(db.group(7).await, []);
    assert_code(db.folders.folder(&ALL, id(1)).await, "storage.not_found");
}

async fn deleting_what_is_absent_succeeds(db: Arc<Database>) {
    db.folders.delete_folder(&ALL, id(1), at(1)).await.unwrap();
    db.folders.delete_media(&ALL, id(1), at(1)).await.unwrap();
    db.folders.delete_analysis(&ALL, id(1), at(1)).await.unwrap();
}

async fn reading_what_is_absent_is_not_found(db: Arc<Database>) {
    let folders = &db.folders;
    assert_code(folders.folder(&ALL, id(1)).await, "storage.not_found");
    assert_code(
        folders.update_folder(&ALL, id(1), &FolderChange::default(), at(1)).await,
        "storage.not_found",
    );
    assert_code(folders.clear_folder(&ALL, id(1), at(1)).await, "storage.not_found");
    assert_code(folders.media(&ALL, id(1)).await, "storage.not_found");
    assert_code(folders.update_media(&ALL, id(1), None, None, at(1)).await, "storage.not_found");
    assert_code(folders.analysis(&ALL, id(1)).await, "storage.not_found");
    assert_code(folders.update_analysis(&ALL, id(1), &metadata("{}"), at(1)).await, "storage.not_found");
    assert_code(folders.start(&ALL, id(1), &new_group(7, 1, &[1]), at(1)).await, "storage.not_found");
    let decision =
        OperatorDecision { resolution: Resolution::Success, comment: None, by: user(1), at: at(1) };
    assert_code(folders.decide(&ALL, id(1), &decision).await, "storage.not_found");
    db.stage_blobs(&[1]).await;
    assert_code(folders.add_media(&ALL, id(1), &[new_media(1, 1)], &[], at(1)).await, "storage.not_found");
    assert_eq!(db.group(7).await, [], "a group may be empty");
}

async fn a_company_with_folders_is_not_deleted(db: Arc<Database>) {
    db.put(&new_folder(1), &FolderContent::default()).await;
    assert_code(db.accounts.delete_company(company(1)).await, "storage.conflict");
    assert!(db.accounts.company(&ALL, company(1)).await.is_ok());
    db.folders.delete_folder(&ALL, id(1), at(1)).await.unwrap();
    db.accounts.delete_company(company(1)).await.unwrap();
}
