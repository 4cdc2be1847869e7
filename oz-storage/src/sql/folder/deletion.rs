//! Deleting folders, media and analyses with their blobs and jobs.

use oz_core::folder::{AnalysisResults, FolderStatus, JobKind, group_job};
use oz_core::storage::JobId;

use super::{
    AnalysisId, Connection, FolderId, MediaId, Result, Scope, Timestamp, analyses, erasure_list, folders,
    job_queue, unless_absent,
};

/// Deletes a folder with its content, if it is in the scope.
pub(super) async fn folder(
    connection: &mut Connection,
    scope: &Scope,
    id: FolderId,
    now: Timestamp,
) -> Result<()> {
    if unless_absent(folders::find(connection, scope, id).await)?.is_none() {
        return Ok(());
    }

    // Workers lock jobs before folders, so do the same; jobs added before the folder was locked follow below.
    discard_jobs(connection, id, now).await?;
    if unless_absent(folders::locked(connection, scope, id).await)?.is_none() {
        return Ok(());
    }
    discard_jobs(connection, id, now).await?;

    let media = super::media::of_folder(connection, id).await?;
    erasure_list::stage(connection, &super::media::blobs(&media), now).await?;
    let analyses = analyses::of_folder(connection, id).await?;
    erasure_list::stage(connection, &analyses::blobs(&analyses), now).await?;
    folders::delete(connection, id).await
}

/// Discards the jobs of a folder, of its groups and of its media.
async fn discard_jobs(connection: &mut Connection, id: FolderId, now: Timestamp) -> Result<()> {
    let groups = analyses::groups_in(connection, id).await?;
    let mut jobs: Vec<JobId> = groups.into_iter().map(group_job).collect();
    jobs.extend(job_queue::with_payload(connection, JobKind::Notice, &id.to_string()).await?);
    for media in super::media::of_folder(connection, id).await? {
        jobs.extend(job_queue::with_payload(connection, JobKind::Preview, &media.id.to_string()).await?);
    }

    jobs.sort();
    for job in jobs {
        job_queue::discard(connection, job, now).await?;
    }
    Ok(())
}

/// Stages the media of a folder and the best shots of its analyses for erasure; keeps the records.
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

    folders::refresh(connection, folder, None, now).await.map(drop)
}

/// Deletes a media, if it is in the scope.
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
    folders::refresh(connection, folder, None, now).await.map(drop)
}

/// Deletes an analysis, if it is in the scope. Discards the job of its group after the last analysis of the
/// group.
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
        job_queue::discard(connection, group_job(group), now).await?;
    }
    folders::refresh(connection, folder, Some(group), now).await.map(drop)
}
