//! Claims about blobs: each is referenced by one record or is on the erasure list.

use std::sync::Arc;

use super::Database;
use super::fixture::{
    ALL, LEASE, UPLOAD, at, blob, id, new_folder, new_group, new_job, new_media, passed, resolved,
    with_best_shots, with_media,
};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::folder::{AnalysisResult, Folder, FolderContent, JobKind, Preview, Resolution, StoredMedia};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        a_referenced_blob_is_removed_from_the_list,
        a_blob_is_referenced_by_one_record,
        a_blob_returned_as_due_cannot_be_referenced,
        blobs_of_deleted_media_are_due_at_once,
        a_new_preview_replaces_the_old_one,
        best_shots_are_due_when_their_analysis_is_deleted,
        results_with_an_unstaged_blob_are_refused,
        blobs_of_ignored_results_are_due_at_once,
        blobs_of_a_deleted_folder_are_due_at_once,
        clearing_a_folder_keeps_its_records_without_blobs,
        a_folder_cannot_be_cleared_while_analyses_run,
    ]
}

fn passed_with(analysis: u128, blobs: &[u128]) -> AnalysisResult {
    resolved(analysis, Resolution::Success, with_best_shots(blobs))
}

async fn a_referenced_blob_is_removed_from_the_list(db: Arc<Database>) {
    db.stage_blobs(&[9]).await;
    db.populate().await;
    assert_eq!(db.due_blobs(UPLOAD).await, [9]);
    let media = [new_media(3, 1)];
    db.stage(&media).await;
    db.folders.add_media(&ALL, id(1), &media, &[], at(1)).await.unwrap();
    assert_eq!(db.due_blobs(UPLOAD).await, [9]);
}

async fn a_blob_is_referenced_by_one_record(db: Arc<Database>) {
    db.populate().await;
    let same = [StoredMedia { blob: Some(blob(1)), ..new_media(3, 1) }];
    assert_code(db.folders.add_media(&ALL, id(1), &same, &[], at(1)).await, "storage.conflict");
    let twice = [new_media(3, 1), StoredMedia { blob: Some(blob(3)), ..new_media(4, 1) }];
    db.stage_blobs(&[3]).await;
    assert_code(db.folders.add_media(&ALL, id(1), &twice, &[], at(1)).await, "storage.conflict");
    assert_eq!(db.due_blobs(UPLOAD).await, [3]);
}

async fn a_blob_returned_as_due_cannot_be_referenced(db: Arc<Database>) {
    db.populate().await;
    let media = [new_media(3, 1)];
    db.stage(&media).await;
    db.stage_blobs(&[21]).await;
    assert_eq!(db.due_blobs(UPLOAD).await, [3, 21]);
    assert_code(db.folders.add_media(&ALL, id(1), &media, &[], at(1)).await, "storage.conflict");
    let lease = db.lease(7, 0).await;
    let refused = db.folders.finish(&lease, id(7), &[passed_with(1, &[21])], &[], at(1)).await;
    assert_code(refused, "storage.conflict");
    db.stage(&media).await;
    assert_code(db.folders.add_media(&ALL, id(1), &media, &[], at(1)).await, "storage.conflict");
    db.erasures.erased(&[blob(3)]).await.unwrap();
    db.stage(&media).await;
    db.folders.add_media(&ALL, id(1), &media, &[], at(2)).await.unwrap();
}

async fn blobs_of_deleted_media_are_due_at_once(db: Arc<Database>) {
    let preview = Preview { thumbnail: Some(blob(31)), animation: Some(blob(32)), ..Preview::default() };
    let media = vec![StoredMedia { preview, ..new_media(1, 1) }, new_media(2, 1)];
    db.put(&new_folder(1), &with_media(media)).await;
    assert_eq!(db.due_blobs(UPLOAD).await, []);
    db.folders.delete_media(&ALL, id(1), at(5)).await.unwrap();
    assert_eq!(db.due_blobs(4).await, []);
    assert_eq!(db.due_blobs(5).await, [1, 31, 32]);
}

async fn a_new_preview_replaces_the_old_one(db: Arc<Database>) {
    let jobs = [50, 51].map(|number| new_job(number, JobKind::Preview, 1)).to_vec();
    db.put(&new_folder(1), &FolderContent { jobs, ..with_media(vec![new_media(1, 1)]) }).await;
    db.stage_blobs(&[31, 32]).await;
    for (number, expected) in [(31, &[][..]), (32, &[31])] {
        let lease =
            db.jobs.lease(&["preview"], LEASE, at(0)).await.unwrap().expect("the preview job is ready").lease;
        let preview = Preview { thumbnail: Some(blob(number)), ..Preview::default() };
        db.folders.complete_preview(&lease, id(1), &preview, at(1)).await.unwrap();
        assert_eq!(db.due_blobs(1).await, expected);
        assert_eq!(db.media(1).await.preview, preview);
    }
}

async fn best_shots_are_due_when_their_analysis_is_deleted(db: Arc<Database>) {
    db.populate().await;
    db.stage_blobs(&[21, 22, 23]).await;
    db.answer(7, &[passed_with(1, &[21, 22]), passed_with(2, &[23])], 1).await;
    assert_eq!(db.erasures.staged().await.unwrap(), 0);
    db.folders.delete_media(&ALL, id(1), at(2)).await.unwrap();
    assert_eq!(db.due_blobs(2).await, [1], "results are kept when their media are deleted");
    db.folders.delete_analysis(&ALL, id(1), at(3)).await.unwrap();
    assert_eq!(db.due_blobs(3).await, [1, 21, 22]);
}

async fn results_with_an_unstaged_blob_are_refused(db: Arc<Database>) {
    db.populate().await;
    db.stage_blobs(&[21]).await;
    let lease = db.lease(7, 0).await;
    let refused = [
        [passed_with(1, &[21]), passed_with(2, &[22])],
        [passed_with(1, &[21]), passed_with(2, &[21])],
        [passed_with(1, &[21, 1]), passed(2)],
    ];
    for results in refused {
        assert_code(db.folders.finish(&lease, id(7), &results, &[], at(1)).await, "storage.conflict");
        assert!(db.analysis(1).await.is_running());
        assert_eq!(db.erasures.staged().await.unwrap(), 1);
    }
    db.folders.finish(&lease, id(7), &[passed_with(1, &[21]), passed(2)], &[], at(2)).await.unwrap();
}

async fn blobs_of_ignored_results_are_due_at_once(db: Arc<Database>) {
    db.populate().await;
    db.stage_blobs(&[21, 22, 23, 24]).await;
    db.folders.delete_analysis(&ALL, id(2), at(1)).await.unwrap();
    let results =
        [passed_with(1, &[21]), passed_with(1, &[24]), passed_with(2, &[22]), passed_with(99, &[23])];
    db.answer(7, &results, 2).await;
    assert_eq!(db.due_blobs(2).await, [22, 23, 24]);
    assert_eq!(db.analysis(1).await.blobs().collect::<Vec<_>>(), [blob(21)], "the first result counts");
}

async fn blobs_of_a_deleted_folder_are_due_at_once(db: Arc<Database>) {
    db.populate().await;
    db.put(&new_folder(2), &with_media(vec![new_media(3, 2)])).await;
    db.stage_blobs(&[21]).await;
    db.answer(7, &[passed_with(1, &[21])], 1).await;
    db.folders.delete_folder(&ALL, id(1), at(2)).await.unwrap();
    assert_eq!(db.due_blobs(1).await, []);
    assert_eq!(db.due_blobs(2).await, [1, 2, 21]);
    db.erasures.erased(&[blob(1), blob(2), blob(21)]).await.unwrap();
    assert_eq!(db.erasures.staged().await.unwrap(), 0);
}

async fn clearing_a_folder_keeps_its_records_without_blobs(db: Arc<Database>) {
    let preview = Preview { thumbnail: Some(blob(31)), width: Some(9), ..Preview::default() };
    let media = vec![StoredMedia { preview, ..new_media(1, 1) }];
    let content = FolderContent { media, group: Some(new_group(7, 1, &[1])), jobs: vec![] };
    db.put(&new_folder(1), &content).await;
    db.stage_blobs(&[21]).await;
    db.answer(7, &[passed_with(1, &[21])], 1).await;
    let (folder, analysis) = (db.folder(1).await, db.analysis(1).await);

    db.folders.clear_folder(&ALL, id(1), at(2)).await.unwrap();
    assert_eq!(db.due_blobs(2).await, [1, 21, 31]);
    assert_eq!(db.folder(1).await, Folder { cleared: true, updated: at(2), ..folder });
    let media = db.media(1).await;
    assert_eq!((media.blobs().count(), media.preview.width, media.updated), (0, Some(9), at(2)));
    let cleared = db.analysis(1).await;
    assert_eq!(cleared.blobs().count(), 0);
    assert_eq!((cleared.resolution, cleared.finished), (analysis.resolution, analysis.finished));
    assert_eq!(cleared.results.unwrap().media.len(), 1, "results are kept");

    db.folders.clear_folder(&ALL, id(1), at(3)).await.unwrap();
    db.folders.delete_folder(&ALL, id(1), at(4)).await.unwrap();
    assert_eq!(db.due_blobs(4).await, [1, 21, 31]);
}

async fn a_folder_cannot_be_cleared_while_analyses_run(db: Arc<Database>) {
    db.populate().await;
    assert_code(db.folders.clear_folder(&ALL, id(1), at(1)).await, "storage.conflict");
    assert_eq!(db.due_blobs(UPLOAD).await, []);
    assert!(!db.folder(1).await.cleared);
    assert_eq!(db.media(1).await.blob, Some(blob(1)));
}
