//! Claims about folders.

use std::sync::Arc;

use super::Database;
use super::fixture::{
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
        a_folder_is_read_back_unchanged,
        the_content_of_a_new_folder_is_stored_with_it,
        a_folder_and_its_content_are_stored_atomically,
        an_update_keeps_the_other_fields_of_a_folder,
        every_change_updates_the_time_of_the_folder,
        deleting_a_folder_deletes_its_content,
        running_jobs_of_a_deleted_folder_are_cancelled,
        deleting_absent_records_succeeds,
        reading_absent_records_is_not_found,
        a_company_with_folders_cannot_be_deleted,
    ]
}

async fn a_folder_is_read_back_unchanged(db: Arc<Database>) {
    let bare = Folder { owner: user(2), created: at(-5), ..new_folder(1) };
    let with_endpoint = Folder { endpoint: Some("https://example.org/ö".into()), ..new_folder(2) };
    for folder in [bare, with_endpoint] {
        db.put(&folder, &FolderContent::default()).await;
        assert_eq!(db.folders.folder(&ALL, folder.id).await.unwrap(), folder);
    }
}

async fn the_content_of_a_new_folder_is_stored_with_it(db: Arc<Database>) {
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

async fn a_folder_and_its_content_are_stored_atomically(db: Arc<Database>) {
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

/// Variants of `content` that must be refused, with their error codes.
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
        ("blob referenced twice", blob_twice, "storage.conflict"),
        ("analysis id taken", taken_analysis, "storage.conflict"),
        ("group taken", taken_group, "storage.conflict"),
        ("job id taken", taken_job, "storage.conflict"),
        ("job id twice", job_twice, "storage.conflict"),
        ("source in another folder", absent_source, "storage.not_found"),
    ]
}

async fn an_update_keeps_the_other_fields_of_a_folder(db: Arc<Database>) {
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

async fn every_change_updates_the_time_of_the_folder(db: Arc<Database>) {
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
    assert_eq!(db.folder(1).await.updated, at(3), "a preview was stored");

    folders.delete_media(&ALL, id(2), at(4)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(4), "media were deleted");

    folders.start(&ALL, folder, &new_group(7, 1, &[1, 2]), at(5)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(5), "analyses were started");
    db.answer(7, &[passed(1)], 6).await;
    assert_eq!(db.folder(1).await.updated, at(6), "analyses ended");

    let decision =
        OperatorDecision { resolution: Resolution::Declined, comment: None, by: user(2), at: at(7) };
    folders.decide(&ALL, analysis, &decision).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(7), "an operator decided");

    folders.update_analysis(&ALL, analysis, &metadata("{}"), at(8)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(8), "the metadata of an analysis was replaced");
    folders.delete_analysis(&ALL, analysis, at(9)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(9), "an analysis was deleted");

    folders.clear_folder(&ALL, folder, at(10)).await.unwrap();
    assert_eq!(db.folder(1).await.updated, at(10), "the folder was cleared");
}

async fn deleting_a_folder_deletes_its_content(db: Arc<Database>) {
    let with_endpoint = Folder { endpoint: Some("https://a.example".into()), ..new_folder(1) };
    let content = FolderContent {
        media: vec![new_media(1, 1)],
        group: Some(new_group(7, 1, &[1])),
        jobs: vec![new_job(50, JobKind::Preview, 1)],
    };
    db.put(&with_endpoint, &content).await;
    db.answer(7, &[passed(1)], 1).await;
    db.folders.start(&ALL, id(1), &new_group(8, 1, &[2]), at(2)).await.unwrap();
    db.put(&new_folder(2), &with_group(new_group(9, 2, &[3]))).await;
    let notice = notice_id(id(7));
    let jobs: [JobId; 3] = [group_job(id(8)), id(50), notice];
    for job in jobs {
        assert!(db.has_job(job).await, "{job:?}");
    }

    db.folders.delete_folder(&ALL, id(1), at(3)).await.unwrap();
    assert_code(db.folders.folder(&ALL, id(1)).await, "storage.not_found");
    assert_code(db.folders.media(&ALL, id(1)).await, "storage.not_found");
    assert_code(db.folders.analysis(&ALL, id(1)).await, "storage.not_found");
    assert_eq!(db.folders.media_of(&ALL, &[id(1)]).await.unwrap(), []);
    assert_eq!(db.folders.group(id::<GroupId>(8)).await.unwrap(), []);
    for job in jobs {
        assert!(!db.has_job(job).await, "{job:?} is left");
    }
    assert!(db.has_job(group_job(id(9))).await, "the job of another folder is kept");
    db.put(&with_endpoint, &content).await;
}

async fn running_jobs_of_a_deleted_folder_are_cancelled(db: Arc<Database>) {
    db.populate().await;
    let lease = db.lease(7, 0).await;
    db.folders.delete_folder(&ALL, id(1), at(1)).await.unwrap();
    assert!(db.jobs.heartbeat(&lease, LEASE, at(2)).await.unwrap().cancel_requested);
    db.folders.finish(&lease, id(7), &[passed(1), passed(2)], &[], at(3)).await.unwrap();
    assert_eq!(db.group(7).await, []);
    assert_code(db.folders.folder(&ALL, id(1)).await, "storage.not_found");
}

async fn deleting_absent_records_succeeds(db: Arc<Database>) {
    db.folders.delete_folder(&ALL, id(1), at(1)).await.unwrap();
    db.folders.delete_media(&ALL, id(1), at(1)).await.unwrap();
    db.folders.delete_analysis(&ALL, id(1), at(1)).await.unwrap();
}

async fn reading_absent_records_is_not_found(db: Arc<Database>) {
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
    assert_eq!(db.group(7).await, [], "an unknown group is empty");
}

async fn a_company_with_folders_cannot_be_deleted(db: Arc<Database>) {
    db.put(&new_folder(1), &FolderContent::default()).await;
    assert_code(db.accounts.delete_company(company(1)).await, "storage.conflict");
    assert!(db.accounts.company(&ALL, company(1)).await.is_ok());
    db.folders.delete_folder(&ALL, id(1), at(1)).await.unwrap();
    db.accounts.delete_company(company(1)).await.unwrap();
}
