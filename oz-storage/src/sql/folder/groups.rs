//! Groups of analyses: how they are answered, fail, and run out of time.

use std::collections::BTreeSet;

use oz_core::folder::{AnalysisResults, MediaId, Preview, ended_group, group_job, is_late, timed_out};
use oz_core::storage::{BlobKey, Job};

use super::{
    Analysis, AnalysisId, AnalysisResult, Columns as _, Connection, Duration, Failure, GroupId, Lease,
    Result, Row, Scope, Selection, Timestamp, analyses, erasure_list, folders, job_queue, media, time,
    unless_absent,
};

/// Takes the answers to a group, whose job somebody has leased, and completes the job.
pub(super) async fn finish(
    connection: &mut Connection,
    lease: &Lease,
    group: GroupId,
    results: &[AnalysisResult],
    previews: &[(MediaId, Preview)],
    now: Timestamp,
) -> Result<()> {
    demand_job_of(group, lease)?;
    let mut job = job_queue::locked(connection, lease.job).await?.ok_or_else(|| lease.job.not_found())?;
    job.complete(lease.fence, Vec::new(), now)?;
    let awaited = match ended_group(&job) {
        Some((group, failure)) => end_running(connection, group, results, &failure, now).await?,
        None => BTreeSet::new(),
    };
    stage_passed_over(connection, results, awaited, now).await?;
    for (media, preview) in previews {
        media::set_preview(connection, *media, preview, now).await?;
    }
    job_queue::complete(connection, lease, &[], now).await
}

/// Ends the analyses of a group that have no answer yet.
pub(in super::super) async fn end_group(
    connection: &mut Connection,
    group: GroupId,
    failure: &Failure,
    now: Timestamp,
) -> Result<()> {
    end_running(connection, group, &[], failure, now).await.map(drop)
}

/// Ends what runs of a group with its results, the first for each, or with the failure. Gives what ran.
async fn end_running(
    connection: &mut Connection,
    id: GroupId,
    results: &[AnalysisResult],
    failure: &Failure,
    now: Timestamp,
) -> Result<BTreeSet<AnalysisId>> {
    let known = analyses::of_group(connection, id).await?;
    let Some(folder) = known.iter().find(|analysis| analysis.is_running()).map(|one| one.folder) else {
        return Ok(BTreeSet::new());
    };
    let Some(folder) = unless_absent(folders::locked(connection, &Scope::Everything, folder).await)? else {
        return Ok(BTreeSet::new());
    };
    // Read again, now that nobody else changes them.
    let group = analyses::of_group(connection, id).await?;
    let running: Vec<Analysis> = group.into_iter().filter(Analysis::is_running).collect();
    let ended = running.iter().map(|analysis| analysis.id).collect();
    for mut analysis in running {
        let result = results.iter().find(|result| result.analysis == analysis.id);
        analysis.end(result.map_or_else(|| Err(failure.clone()), |result| result.outcome.clone()), now);
        erasure_list::unstage(connection, &analyses::blobs([&analysis])).await?;
        analyses::write(connection, &analysis).await?;
        analyses::note_subjects(connection, &analysis).await?;
    }
    folders::changed(connection, folder, Some(id), now).await?;
    Ok(ended)
}

/// Nobody refers to the blobs of results but the first of each analysis that was awaited.
async fn stage_passed_over(
    connection: &mut Connection,
    results: &[AnalysisResult],
    mut awaited: BTreeSet<AnalysisId>,
    now: Timestamp,
) -> Result<()> {
    let passed_over = results.iter().filter(|result| !awaited.remove(&result.analysis));
    let blobs: Vec<BlobKey> = passed_over.flat_map(blobs).collect();
    erasure_list::stage(connection, &blobs, now).await
}

fn blobs(result: &AnalysisResult) -> impl Iterator<Item = BlobKey> {
    let results = result.outcome.as_ref().ok().map(|(_, results)| results);
    results.into_iter().flat_map(AnalysisResults::blobs)
}

/// Groups with running analyses that were started before a time, and when.
pub(super) async fn started_before(
    connection: &mut Connection,
    before: Timestamp,
) -> Result<Vec<(GroupId, Timestamp)>> {
    let mut found = Selection::new("SELECT group_id, MIN(created) AS started FROM analysis");
    found.and("state = 'processing'").push(" GROUP BY group_id HAVING MIN(created) < ").bind(time(before));
    found.push(" ORDER BY group_id");
    let started = |row: &Row| Ok((row.id("group_id")?, row.time("started")?));
    found.records(connection, "looking for groups that take too long", started).await
}

/// Fails those of the groups that take too long.
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

/// # Errors
/// `storage.conflict` when the lease is that of another job.
pub(super) fn demand_job_of(group: GroupId, lease: &Lease) -> Result<()> {
    if lease.job == group_job(group) { Ok(()) } else { Err(group.conflict()) }
}
