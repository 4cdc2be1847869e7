//! Builds the records and preview jobs of uploaded media.

use std::collections::HashSet;

use oz_core::account::UserId;
use oz_core::folder::{Folder, JobKind, MediaId, NewGroup, Preview, StoredMedia};
use oz_core::metadata::Metadata;
use oz_core::storage::{BlobKey, NewJob};
use oz_core::system::Timestamp;

use crate::ServiceState;
use crate::upload::{Payload, Received};

/// Priority of previews, below that of all analyses.
const PREVIEW_PRIORITY: i32 = -10;
const PREVIEW_ATTEMPTS: u32 = 3;

/// Builds the records of media uploaded into `folder`, in upload order.
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

/// Builds the jobs that make previews. Sources of the analyses in `group` get none: their analyses make the
/// preview.
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
