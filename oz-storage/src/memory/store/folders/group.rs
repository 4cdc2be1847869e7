//! Groups of analyses: completion, failure and time-out.

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
use crate::checks::ensure_job_of;

impl Folders {
    pub(super) fn group(&self, id: GroupId) -> Vec<Analysis> {
        let record = self.groups.get(&id).and_then(|folder| self.records.get(folder));
        let analyses = record.iter().flat_map(|record| &record.analyses);
        analyses.filter(|analysis| analysis.group == id).cloned().collect()
    }

    /// IDs of the running analyses of a group.
    fn running(&self, id: GroupId) -> BTreeSet<AnalysisId> {
        self.group(id).into_iter().filter(Analysis::is_running).map(|analysis| analysis.id).collect()
    }

    /// Every group with running analyses, with the time its earliest running analysis was started.
    fn started(&self) -> impl Iterator<Item = (GroupId, Timestamp)> {
        let running = |id: GroupId| self.group(id).into_iter().filter(Analysis::is_running);
        let started = move |id| running(id).map(|analysis| analysis.created).min();
        self.groups.keys().filter_map(move |id| Some((*id, started(*id)?)))
    }
}

impl State {
    /// Stores the results of a group and completes its leased job.
    pub(super) fn finish(
        &mut self,
        lease: &Lease,
        group: GroupId,
        results: &[AnalysisResult],
        previews: &[(MediaId, Preview)],
        now: Timestamp,
    ) -> Result<()> {
        ensure_job_of(group, lease)?;
        let mut done = self.jobs.get(lease.job)?.clone();
        done.complete(lease.fence, Vec::new(), now)?;
        let (awaited, surplus) = self.split_results(group, results);
        self.erasures.check(awaited.iter().copied().flat_map(blobs))?;
        previews.iter().try_for_each(|(media, preview)| self.check_preview(*media, preview))?;

        *self.jobs.get_mut(lease.job)? = done;
        self.erasures.take(awaited.iter().copied().flat_map(blobs));
        self.erasures.stage(surplus.into_iter().flat_map(blobs), now);
        if let Some((group, failure)) = self.jobs.get(lease.job).ok().and_then(ended_group) {
            self.end_group(group, &awaited, &failure, now);
        }
        previews.iter().for_each(|(media, preview)| self.set_preview(*media, preview, now));
        Ok(())
    }

    /// Splits results into the first for each running analysis, and the rest.
    fn split_results<'a>(
        &self,
        group: GroupId,
        results: &'a [AnalysisResult],
    ) -> (Vec<&'a AnalysisResult>, Vec<&'a AnalysisResult>) {
        let mut running = self.folders.running(group);
        results.iter().partition(|result| running.remove(&result.analysis))
    }

    /// Ends the group of a job that has ended.
    pub(in crate::memory::store) fn end_group_of(&mut self, job: JobId, now: Timestamp) {
        if let Some((group, failure)) = self.jobs.get(job).ok().and_then(ended_group) {
            self.end_group(group, &[], &failure, now);
        }
    }

    /// Ends the running analyses of a group, each with its result or else with the failure.
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
        self.refresh(folder, Some(id), now);
    }

    /// Fails the groups that have exceeded a time limit and returns their number.
    pub(super) fn expire(&mut self, delivery: Duration, processing: Duration, now: Timestamp) -> u64 {
        let is_expired = |(id, started): &(GroupId, Timestamp)| {
            is_late(self.jobs.get(group_job(*id)).ok(), *started, delivery, processing, now)
        };
        let late: Vec<GroupId> = self.folders.started().filter(is_expired).map(|(id, _)| id).collect();

        for id in &late {
            if let Ok(job) = self.jobs.get_mut(group_job(*id)) {
                job.give_up(timed_out(), now);
            }
            self.end_group(*id, &[], &timed_out(), now);
        }
        late.len() as u64
    }

    /// Removes a group without analyses, and discards its job.
    pub(super) fn discard_group(&mut self, id: GroupId, now: Timestamp) {
        self.folders.groups.remove(&id);
        self.jobs.discard(group_job(id), now);
    }
}

fn blobs(result: &AnalysisResult) -> impl Iterator<Item = BlobKey> {
    let results: Option<&AnalysisResults> = result.outcome.as_ref().ok().map(|(_, results)| results);
    results.into_iter().flat_map(AnalysisResults::blobs)
}
