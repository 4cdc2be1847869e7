//! From what was uploaded to what is stored.

use std::collections::HashSet;

use oz_core::account::UserId;
use oz_core::folder::{Folder, JobKind, MediaId, NewGroup, Preview, StoredMedia};
use oz_core::metadata::Metadata;
use oz_core::storage::{BlobKey, NewJob};
use oz_core::system::Timestamp;

use crate::ServiceState;
use crate::upload::{Payload, Received};

/// Previews wait until no analysis does.
const PREVIEW_PRIORITY: i32 = -10;
const PREVIEW_ATTEMPTS: u32 = 3;

/// The records of media that were uploaded into a folder, in the order in which they came.
pub(crate) fn media_records(
    state: &ServiceState,
    folder: &Folder,
    owner: UserId,
    received: Vec<Received<BlobKey>>,
    payload: &Payload,
) -> Vec<StoredMedia> {
    let now = state.now();
    let record = |media: Received<BlobKey>| StoredMedia {
        id: state.next_id(),
        folder: folder.id,
        company: folder.company,
        owner,
        kind: media.kind,
        media_type: media.media_type,
        tags: payload.tags.get(&media.key).cloned().unwrap_or_default(),
        metadata: payload.media.get(&media.key).cloned().unwrap_or_else(Metadata::default),
        original_name: media.name,
        blob: Some(media.kept),
        size: media.size,
        preview: Preview::default(),
        created: now,
        updated: now,
    };
    received.into_iter().map(record).collect()
}

/// The jobs that look at media for a preview; analyses make those of what they look at.
pub(crate) fn preview_jobs(
    state: &ServiceState,
    media: &[StoredMedia],
    group: Option<&NewGroup>,
    now: Timestamp,
) -> Vec<NewJob> {
    let analyses = group.into_iter().flat_map(|group| &group.analyses);
    let examined: HashSet<MediaId> = analyses.flat_map(|analysis| analysis.sources.iter().copied()).collect();
    let job = |media: &StoredMedia| NewJob {
        id: state.next_id(),
        kind: JobKind::Preview.name().into(),
        payload: media.id.to_string().into_bytes(),
        priority: PREVIEW_PRIORITY,
        max_attempts: PREVIEW_ATTEMPTS,
        due: now,
    };
    media.iter().filter(|media| !examined.contains(&media.id)).map(job).collect()
}
