//! Claims about media.

use std::sync::Arc;

use super::Database;
use super::fixture::{
    ALL, LEASE, at, blob, id, metadata, new_folder, new_group, new_job, new_media, user, with_media,
};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::folder::{FolderContent, FolderId, JobKind, Preview, StoredMedia};
use oz_core::media::{MediaKind, MediaType};
use oz_core::storage::{JobState, Lease};

pub(super) fn claims() -> &'static [AsyncClaim<Database>] {
    async_claims![
        media_are_read_back_unchanged,
        media_are_listed_by_folder_then_time_then_position,
        media_and_their_jobs_are_added_atomically,
        tags_and_metadata_of_media_are_replaced,
        deleting_media_keeps_their_analyses,
        storing_a_preview_completes_its_job,
        a_preview_under_a_stale_lease_changes_nothing,
        a_preview_of_deleted_media_completes_its_job,
    ]
}

async fn media_are_read_back_unchanged(db: Arc<Database>) {
    let types = [
        (MediaKind::Image, MediaType::WebP),
        (MediaKind::Video, MediaType::Mp4),
        (MediaKind::Video, MediaType::OtherVideo),
        (MediaKind::ShotSet, MediaType::Zip),
    ];

    let media = types.into_iter().zip(1..).map(|((kind, media_type), number)| StoredMedia {
        kind,
        media_type,
        owner: user(3),
        original_name: "../\u{1F600} \"x\".zip".into(),
        tags: vec!["b".into(), "a".into(), "b".into()],
        size: 5_000_000_000,
        metadata: metadata(r#"{"k": {"n": 0.1}}"#),
        updated: at(5),
        ..new_media(number, 1)
    });
    let media: Vec<StoredMedia> = media.collect();

    db.put(&new_folder(1), &with_media(media.clone())).await;
    for (number, stored) in (1..).zip(&media) {
        assert_eq!(db.media(number).await, *stored);
    }
    assert_eq!(db.folders.media_of(&ALL, &[id(1)]).await.unwrap(), media);
}

async fn media_are_listed_by_folder_then_time_then_position(db: Arc<Database>) {
    let of = |number, folder, seconds| StoredMedia { created: at(seconds), ..new_media(number, folder) };
    db.put(&new_folder(1), &with_media(vec![of(9, 1, 5), of(4, 1, 5), of(7, 1, 1)])).await;
    db.put(&new_folder(2), &with_media(vec![of(1, 2, 0)])).await;
    db.put(&new_folder(3), &with_media(vec![of(2, 3, 0)])).await;
    let late = [of(3, 1, 5), of(8, 1, 3)];
    db.stage(&late).await;
    db.folders.add_media(&ALL, id(1), &late, &[], at(9)).await.unwrap();

    let listed = |folders: Vec<FolderId>| {
        let db = db.clone();
        async move {
            let media = db.folders.media_of(&ALL, &folders).await.unwrap();
            media.iter().map(|media| media.id.uuid().as_u128()).collect::<Vec<u128>>()
        }
    };

    assert_eq!(listed(vec![id(2), id(1), id(99)]).await, [1, 7, 8, 9, 4, 3]);
    assert_eq!(listed(vec![id(3), id(2)]).await, [2, 1]);
    assert_eq!(listed(vec![]).await, []);
}

async fn media_and_their_jobs_are_added_atomically(db: Arc<Database>) {
    db.put(&new_folder(1), &with_media(vec![new_media(1, 1)])).await;
    let media = [new_media(2, 1), new_media(3, 1)];
    let job = new_job(50, JobKind::Preview, 2);
    db.stage_blobs(&[2]).await;
    let refused = db.folders.add_media(&ALL, id(1), &media, std::slice::from_ref(&job), at(1)).await;
    assert_code(refused, "storage.conflict");
    db.stage_blobs(&[3]).await;
    let taken = StoredMedia { id: id(1), ..new_media(3, 1) };
    let refused = db.folders.add_media(&ALL, id(1), &[new_media(2, 1), taken], &[], at(1)).await;
    assert_code(refused, "storage.conflict");
    assert_code(db.folders.media(&ALL, id(2)).await, "storage.not_found");
    assert!(!db.has_job(job.id).await);
    assert_eq!(db.folder(1).await.updated, at(0));

    db.folders.add_media(&ALL, id(1), &media, std::slice::from_ref(&job), at(2)).await.unwrap();
    assert_eq!(db.media(3).await, new_media(3, 1));
    assert_eq!(db.jobs.job(job.id).await.unwrap().state, JobState::Waiting);
    let refused = db.folders.add_media(&ALL, id(1), &[], std::slice::from_ref(&job), at(3)).await;
    assert_code(refused, "storage.conflict");
}

async fn tags_and_metadata_of_media_are_replaced(db: Arc<Database>) {
    db.put(&new_folder(1), &with_media(vec![new_media(1, 1)])).await;
    let tags = ["x".to_owned(), "ö".to_owned()];
    let tagged = db.folders.update_media(&ALL, id(1), Some(&tags), None, at(1)).await.unwrap();
    assert_eq!(tagged, StoredMedia { tags: tags.to_vec(), updated: at(1), ..new_media(1, 1) });
    let attributes = metadata(r#"{"a": 1}"#);
    let described = db.folders.update_media(&ALL, id(1), None, Some(&attributes), at(2)).await.unwrap();
    assert_eq!(described, StoredMedia { metadata: attributes, updated: at(2), ..tagged });
    assert_eq!(db.media(1).await, described);
}

async fn deleting_media_keeps_their_analyses(db: Arc<Database>) {
    let mut group = new_group(7, 1, &[1]);
    group.analyses[0].sources = vec![id(2), id(1)];
    let media = vec![new_media(1, 1), new_media(2, 1)];
    db.put(&new_folder(1), &FolderContent { media, group: Some(group), jobs: vec![] }).await;
    db.folders.delete_media(&ALL, id(1), at(1)).await.unwrap();
    assert_code(db.folders.media(&ALL, id(1)).await, "storage.not_found");
    assert_eq!(db.folders.media_of(&ALL, &[id(1)]).await.unwrap(), [new_media(2, 1)]);
    assert_eq!(db.analysis(1).await.sources, [id(2), id(1)]);
}

/// Stores media 1 with a preview job and leases the job.
async fn lease_preview(db: &Database) -> Lease {
    let jobs = vec![new_job(50, JobKind::Preview, 1)];
    db.put(&new_folder(1), &FolderContent { jobs, ..with_media(vec![new_media(1, 1)]) }).await;
    db.stage_blobs(&[31, 32]).await;
    db.jobs.lease(&["preview"], LEASE, at(0)).await.unwrap().expect("the preview is ready").lease
}

fn preview() -> Preview {
    Preview {
        thumbnail: Some(blob(31)),
        animation: Some(blob(32)),
        width: Some(640),
        height: Some(480),
        duration_ms: Some(1_500),
        frames: Some(45),
    }
}

async fn storing_a_preview_completes_its_job(db: Arc<Database>) {
    let lease = lease_preview(&db).await;
    db.folders.complete_preview(&lease, id(1), &preview(), at(3)).await.unwrap();
    assert_eq!(db.media(1).await, StoredMedia { preview: preview(), updated: at(3), ..new_media(1, 1) });
    assert_eq!(db.jobs.job(lease.job).await.unwrap().state, JobState::Done);
}

async fn a_preview_under_a_stale_lease_changes_nothing(db: Arc<Database>) {
    let lease = lease_preview(&db).await;
    assert_code(db.folders.complete_preview(&lease, id(1), &preview(), at(30)).await, "storage.conflict");
    let again =
        db.jobs.lease(&["preview"], LEASE, at(30)).await.unwrap().expect("the lease has expired").lease;
    assert_code(db.folders.complete_preview(&lease, id(1), &preview(), at(31)).await, "storage.conflict");
    let unstaged = Preview { thumbnail: Some(blob(99)), ..preview() };
    assert_code(db.folders.complete_preview(&again, id(1), &unstaged, at(31)).await, "storage.conflict");
    let unknown = Lease { job: id(98), ..again };
    assert_code(db.folders.complete_preview(&unknown, id(1), &preview(), at(31)).await, "storage.not_found");
    assert_eq!(db.media(1).await, new_media(1, 1));
    assert_eq!(db.folder(1).await.updated, at(0));
    assert_eq!(db.jobs.job(lease.job).await.unwrap().state, JobState::Leased);
    assert_eq!(db.erasures.staged().await.unwrap(), 2);
}

async fn a_preview_of_deleted_media_completes_its_job(db: Arc<Database>) {
    let lease = lease_preview(&db).await;
    db.folders.delete_media(&ALL, id(1), at(1)).await.unwrap();
    db.folders.complete_preview(&lease, id(1), &preview(), at(2)).await.unwrap();
    assert_eq!(db.jobs.job(lease.job).await.unwrap().state, JobState::Done);
    assert_eq!(db.due_blobs(2).await, [1, 31, 32]);
    assert_eq!(db.folder(1).await.updated, at(1));
}
