//! Groups of analyses: how they are answered, fail, and run out of time.

use std::collections::BTreeSet;
use std::time::Duration;

use oz_core::Result;
use oz_core::folder::{
    Analysis, AnalysisId, AnalysisResult, AnalysisResults, GroupId, MediaId, Preview, ended_group, group_job,
    is_late, timed_out,
};
use oz_core::storage::{BlobKey, Failure, JobId, Lease};
use oz_core::system::Timestamp;

use super::{Folders, State};

impl Folders {
    pub(super) fn group(&self, id: GroupId) -> Vec<Analysis> {
        let record = self.groups.get(&id).and_then(|folder| self.records.get(folder));
        let analyses = record.iter().flat_map(|record| &record.analyses);
        analyses.filter(|analysis| analysis.group == id).cloned().collect()
    }

    /// The analyses of a group that have no answer yet.
    fn running(&self, id: GroupId) -> BTreeSet<AnalysisId> {
        self.group(id).into_iter().filter(Analysis::is_running).map(|analysis| analysis.id).collect()
    }

    /// When the running analyses of each group were started.
    fn started(&self) -> impl Iterator<Item = (GroupId, Timestamp)> {
        let running = |id: GroupId| self.group(id).into_iter().filter(Analysis::is_running);
        let started = move |id| running(id).map(|analysis| analysis.created).min();
        self.groups.keys().filter_map(move |id| Some((*id, started(*id)?)))
    }
}

impl State {
    /// Takes the answers to a group, whose job somebody has leased.
    pub(super) fn finish(
        &mut self,
        lease: &Lease,
        group: GroupId,
        results: &[AnalysisResult],
        previews: &[(MediaId, Preview)],
        now: Timestamp,
    ) -> Result<()> {
        demand_job_of(group, lease)?;
        let mut done = self.jobs.get(lease.job)?.clone();
        done.complete(lease.fence, Vec::new(), now)?;
        let (awaited, passed_over) = self.sort_out(group, results);
        self.erasures.check(awaited.iter().copied().flat_map(blobs))?;
        previews.iter().try_for_each(|(media, preview)| self.check_preview(*media, preview))?;

        *self.jobs.get_mut(lease.job)? = done;
        self.erasures.take(awaited.iter().copied().flat_map(blobs));
        self.erasures.stage(passed_over.into_iter().flat_map(blobs), now);
        if let Some((group, failure)) = self.jobs.get(lease.job).ok().and_then(ended_group) {
            self.end_group(group, &awaited, &failure, now);
        }
        previews.iter().for_each(|(media, preview)| self.set_preview(*media, preview, now));
        Ok(())
    }

    /// The results that are awaited, one for each analysis, and the others.
    fn sort_out<'a>(
        &self,
        group: GroupId,
        results: &'a [AnalysisResult],
    ) -> (Vec<&'a AnalysisResult>, Vec<&'a AnalysisResult>) {
        let mut running = self.folders.running(group);
        results.iter().partition(|result| running.remove(&result.analysis))
    }

    /// Ends the group of a job that will not answer any more.
    pub(in crate::memory::store) fn settle(&mut self, job: JobId, now: Timestamp) {
        if let Some((group, failure)) = self.jobs.get(job).ok().and_then(ended_group) {
            self.end_group(group, &[], &failure, now);
        }
    }

    /// Ends what runs of a group with its results, or with the failure.
    fn end_group(&mut self, id: GroupId, results: &[&AnalysisResult], failure: &Failure, now: Timestamp) {
        let Some(folder) = self.folders.groups.get(&id).copied() else { return };
        if self.folders.running(id).is_empty() {
            return;
        }
        let Some(record) = self.folders.records.get_mut(&folder) else { return };
        let running =
            record.analyses.iter_mut().filter(|analysis| analysis.group == id && analysis.is_running());
        for analysis in running {
            let result = results.iter().find(|result| result.analysis == analysis.id);
            analysis.end(result.map_or_else(|| Err(failure.clone()), |result| result.outcome.clone()), now);
        }
        self.changed(folder, Some(id), now);
    }

    /// Fails the groups that take too long.
    pub(super) fn expire(&mut self, delivery: Duration, processing: Duration, now: Timestamp) -> u64 {
        let takes_too_long = |(id, started): &(GroupId, Timestamp)| {
            is_late(self.jobs.get(group_job(*id)).ok(), *started, delivery, processing, now)
        };
        let late: Vec<GroupId> = self.folders.started().filter(takes_too_long).map(|(id, _)| id).collect();
        for id in &late {
            if let Ok(job) = self.jobs.get_mut(group_job(*id)) {
                job.give_up(timed_out(), now);
            }
            self.end_group(*id, &[], &timed_out(), now);
        }
        late.len() as u64
    }

    /// Forgets the job of a group of which nothing is left.
    pub(super) fn forget_group(&mut self, id: GroupId, now: Timestamp) {
        self.folders.groups.remove(&id);
        self.jobs.forget(group_job(id), now);
    }
}

/// # Errors
/// `storage.conflict` when the lease is that of another job.
pub(super) fn demand_job_of(group: GroupId, lease: &Lease) -> Result<()> {
    if lease.job == group_job(group) { Ok(()) } else { Err(group.conflict()) }
}

fn blobs(result: &AnalysisResult) -> impl Iterator<Item = BlobKey> {
    let results: Option<&AnalysisResults> = result.outcome.as_ref().ok().map(|(_, results)| results);
    results.into_iter().flat_map(AnalysisResults::blobs)
}
