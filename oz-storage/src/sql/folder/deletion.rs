//! What goes out of a folder, with its blobs and jobs.

use oz_core::folder::{AnalysisResults, FolderStatus, JobKind, group_job};
use oz_core::storage::JobId;

use super::{
    AnalysisId, Connection, FolderId, MediaId, Result, Scope, Timestamp, analyses, erasure_list, folders,
    job_queue, unless_absent,
};

/// Deletes a folder with everything in it, if it is in the scope.
pub(super) async fn folder(
    connection: &mut Connection,
    scope: &Scope,
    id: FolderId,
    now: Timestamp,
) -> Result<()> {
    if unless_absent(folders::find(connection, scope, id).await)?.is_none() {
        return Ok(());
    }
    // Jobs before the folder, as workers lock them; what was added meanwhile comes behind it.
    forget_jobs(connection, id, now).await?;
    if unless_absent(folders::locked(connection, scope, id).await)?.is_none() {
        return Ok(());
    }
    forget_jobs(connection, id, now).await?;
    let media = super::media::of_folder(connection, id).await?;
    erasure_list::stage(connection, &super::media::blobs(&media), now).await?;
    let analyses = analyses::of_folder(connection, id).await?;
    erasure_list::stage(connection, &analyses::blobs(&analyses), now).await?;
    folders::delete(connection, id).await
}

/// Forgets the jobs of a folder, of its groups and of its media.
async fn forget_jobs(connection: &mut Connection, id: FolderId, now: Timestamp) -> Result<()> {
    let groups = analyses::groups_in(connection, id).await?;
    let mut jobs: Vec<JobId> = groups.into_iter().map(group_job).collect();
    jobs.extend(job_queue::with_payload(connection, JobKind::Notice, &id.to_string()).await?);
    for media in super::media::of_folder(connection, id).await? {
        jobs.extend(job_queue::with_payload(connection, JobKind::Preview, &media.id.to_string()).await?);
    }
    jobs.sort();
    for job in jobs {
        job_queue::forget(connection, job, now).await?;
    }
    Ok(())
}

/// Erases the media of a folder and the best shots of its analyses; the records stay.
pub(super) async fn clear(
    connection: &mut Connection,
    scope: &Scope,
    id: FolderId,
    now: Timestamp,
) -> Result<()> {
    let mut folder = folders::locked(connection, scope, id).await?;
    if folder.state.status == FolderStatus::Processing {
        return Err(id.conflict());
    }
    folder.cleared = true;
    for mut media in super::media::of_folder(connection, id).await? {
        let blobs = super::media::blobs([&media]);
        if !blobs.is_empty() {
            erasure_list::stage(connection, &blobs, now).await?;
            media.clear();
            media.updated = now;
            super::media::write(connection, &media).await?;
        }
    }
    for mut analysis in analyses::of_folder(connection, id).await? {
        let blobs = analyses::blobs([&analysis]);
        if !blobs.is_empty() {
            erasure_list::stage(connection, &blobs, now).await?;
            analysis.results.iter_mut().for_each(AnalysisResults::clear);
            analysis.updated = now;
            analyses::write(connection, &analysis).await?;
        }
    }
    folders::changed(connection, folder, None, now).await.map(drop)
}

/// Deletes one of the media, if it is in the scope.
pub(super) async fn media(
    connection: &mut Connection,
    scope: &Scope,
    id: MediaId,
    now: Timestamp,
) -> Result<()> {
    let Some((folder, media)) = unless_absent(super::media::locked(connection, scope, id).await)? else {
        return Ok(());
    };
    erasure_list::stage(connection, &super::media::blobs([&media]), now).await?;
    super::media::delete(connection, id).await?;
    folders::changed(connection, folder, None, now).await.map(drop)
}

/// Deletes an analysis, if it is in the scope, and the job of its group with the last of that.
pub(super) async fn analysis(
    connection: &mut Connection,
    scope: &Scope,
    id: AnalysisId,
    now: Timestamp,
) -> Result<()> {
    let Some(analysis) = unless_absent(analyses::find(connection, scope, id).await)? else { return Ok(()) };
    let group = analysis.group;
    job_queue::locked(connection, group_job(group)).await?;
    let Some((folder, analysis)) = unless_absent(analyses::locked(connection, scope, id).await)? else {
        return Ok(());
    };
    erasure_list::stage(connection, &analyses::blobs([&analysis]), now).await?;
    analyses::delete(connection, id).await?;
    if analyses::of_group(connection, group).await?.is_empty() {
        job_queue::forget(connection, group_job(group), now).await?;
    }
    folders::changed(connection, folder, Some(group), now).await.map(drop)
}
