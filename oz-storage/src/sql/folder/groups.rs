//! Groups of analyses: completion, failure and time-out.

use std::collections::BTreeSet;

use oz_core::folder::{AnalysisResults, MediaId, Preview, ended_group, group_job, is_late, timed_out};
use oz_core::storage::{BlobKey, Job};

use super::{
    Analysis, AnalysisId, AnalysisResult, Columns as _, Connection, Duration, Failure, GroupId, Lease,
    Result, Row, Scope, Selection, Timestamp, analyses, erasure_list, folders, job_queue, media, time,
    unless_absent,
};
use crate::checks::ensure_job_of;

/// Stores the results of a group and completes its leased job.
pub(super) async fn finish(
    connection: &mut Connection,
    lease: &Lease,
    group: GroupId,
    results: &[AnalysisResult],
    previews: &[(MediaId, Preview)],
    now: Timestamp,
) -> Result<()> {
    ensure_job_of(group, lease)?;
    let mut job = job_queue::locked(connection, lease.job).await?.ok_or_else(|| lease.job.not_found())?;
    job.complete(lease.fence, Vec::new(), now)?;

    let awaited = match ended_group(&job) {
        Some((group, failure)) => end_running(connection, group, results, &failure, now).await?,
        None => BTreeSet::new(),
    };
    stage_surplus(connection, results, awaited, now).await?;
    for (media, preview) in previews {
        media::set_preview(connection, *media, preview, now).await?;
    }
    job_queue::complete(connection, lease, &[], now).await
}

/// Fails the running analyses of a group.
pub(in super::super) async fn end_group(
    connection: &mut Connection,
    group: GroupId,
    failure: &Failure,
    now: Timestamp,
) -> Result<()> {
    end_running(connection, group, &[], failure, now).await.map(drop)
}

/// Ends the running analyses of a group, each with its first result or else with the failure, and returns
/// their IDs.
async fn end_running(
    connection: &mut Connection,
    id: GroupId,
    results: &[AnalysisResult],
    failure: &Failure,
    now: Timestamp,
) -> Result<BTreeSet<AnalysisId>> {
    let known = analyses::of_group(connection, id).await?;
    let Some(folder) = known.iter().find(|analysis| analysis.is_running()).map(|analysis| analysis.folder)
    else {
        return Ok(BTreeSet::new());
    };
    let Some(folder) = unless_absent(folders::locked(connection, &Scope::Everything, folder).await)? else {
        return Ok(BTreeSet::new());
    };

    // Read the analyses again, now that the folder is locked.
    let group = analyses::of_group(connection, id).await?;
    let running: Vec<Analysis> = group.into_iter().filter(Analysis::is_running).collect();
    let ended = running.iter().map(|analysis| analysis.id).collect();

    for mut analysis in running {
        let result = results.iter().find(|result| result.analysis == analysis.id);
        analysis.end(result.map_or_else(|| Err(failure.clone()), |result| result.outcome.clone()), now);
        erasure_list::unstage(connection, &analyses::blobs([&analysis])).await?;
        analyses::write(connection, &analysis).await?;
        analyses::insert_subjects(connection, &analysis).await?;
    }

    folders::refresh(connection, folder, Some(id), now).await?;
    Ok(ended)
}

/// Stages the blobs of results that were not stored: only the first result of each awaited analysis was.
async fn stage_surplus(
    connection: &mut Connection,
    results: &[AnalysisResult],
    mut awaited: BTreeSet<AnalysisId>,
    now: Timestamp,
) -> Result<()> {
    let surplus = results.iter().filter(|result| !awaited.remove(&result.analysis));
    let blobs: Vec<BlobKey> = surplus.flat_map(blobs).collect();
    erasure_list::stage(connection, &blobs, now).await
}

fn blobs(result: &AnalysisResult) -> impl Iterator<Item = BlobKey> {
    let results = result.outcome.as_ref().ok().map(|(_, results)| results);
    results.into_iter().flat_map(AnalysisResults::blobs)
}

/// Lists the groups whose earliest running analysis was started before a time, with that start time.
pub(super) async fn started_before(
    connection: &mut Connection,
    before: Timestamp,
) -> Result<Vec<(GroupId, Timestamp)>> {
    let mut found = Selection::new("SELECT group_id, MIN(created) AS started FROM analysis");
    found.and("state = 'processing'").push(" GROUP BY group_id HAVING MIN(created) < ").bind(time(before));
    found.push(" ORDER BY group_id");
    let started = |row: &Row| Ok((row.id("group_id")?, row.time("started")?));
    found.records(connection, "searching for expired groups", started).await
}

/// Fails those of the groups that have exceeded a time limit and returns their number.
pub(super) async fn expire(
    connection: &mut Connection,
    old: Vec<(GroupId, Timestamp)>,
    delivery: Duration,
    processing: Duration,
    now: Timestamp,
) -> Result<u64> {
    let mut late = Vec::new();
    for (group, started) in old {
        let job = job_queue::locked(connection, group_job(group)).await?;
        let has_ended = job.as_ref().is_some_and(|job| job.state.is_final());
        if !has_ended && is_late(job.as_ref(), started, delivery, processing, now) {
            late.push((group, job));
        }
    }

    let expired = late.len() as u64;
    for (group, job) in late {
        let give_up = |job: &mut Job| {
            job.give_up(timed_out(), now);
            Ok(())
        };
        match job {
            Some(job) => job_queue::change(connection, job.id, now, give_up).await?,
            None => end_group(connection, group, &timed_out(), now).await?,
        }
    }
    Ok(expired)
}
