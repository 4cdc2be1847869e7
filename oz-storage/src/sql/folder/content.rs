//! Adding content to a folder. An error rolls back the whole transaction.

use std::collections::BTreeSet;

use super::{
    Connection, FolderContent, FolderId, MediaId, NewGroup, Result, Scope, Timestamp, analyses, folders,
    job_queue, media,
};

/// Adds content to an existing folder.
pub(super) async fn add(
    connection: &mut Connection,
    scope: &Scope,
    id: FolderId,
    content: &FolderContent,
    now: Timestamp,
) -> Result<()> {
    let folder = folders::locked(connection, scope, id).await?;
    store(connection, id, content).await?;
    folders::refresh(connection, folder, None, now).await.map(drop)
}

/// Stores content in a folder that the transaction has created or locked.
pub(super) async fn store(connection: &mut Connection, id: FolderId, content: &FolderContent) -> Result<()> {
    for media in &content.media {
        if media.folder != id {
            return Err(media.id.conflict());
        }
        media::insert(connection, media).await?;
    }
    if let Some(group) = &content.group {
        store_group(connection, id, group).await?;
    }
    for job in &content.jobs {
        job_queue::insert(connection, job.clone()).await?;
    }
    Ok(())
}

async fn store_group(connection: &mut Connection, id: FolderId, group: &NewGroup) -> Result<()> {
    ensure_sources(connection, id, group).await?;
    for analysis in &group.analyses {
        if analysis.folder != id || !analysis.is_running() {
            return Err(analysis.id.conflict());
        }
        analyses::insert(connection, analysis).await?;
    }
    job_queue::insert(connection, group.job.clone()).await
}

/// Ensures that the folder contains the source media of all analyses.
async fn ensure_sources(connection: &mut Connection, id: FolderId, group: &NewGroup) -> Result<()> {
    let sources = group.analyses.iter().flat_map(|analysis| &analysis.sources);
    let mut absent: BTreeSet<MediaId> = sources.copied().collect();
    if !absent.is_empty() {
        for media in media::of_folder(connection, id).await? {
            absent.remove(&media.id);
        }
    }
    absent.first().map_or(Ok(()), |absent| Err(absent.not_found()))
}
