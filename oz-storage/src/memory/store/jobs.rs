//! Jobs in memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::folder::JobKind;
use oz_core::storage::port::JobQueue;
use oz_core::storage::{Failure, Job, JobId, JobState, Lease, LeasedJob, NewJob, Retry};
use oz_core::system::Timestamp;

use super::{MemoryStore, State};

#[derive(Debug, Default)]
pub(super) struct Jobs {
    jobs: BTreeMap<JobId, Queued>,
    queued: u64,
}

#[derive(Debug)]
struct Queued {
    /// Position in the order of enqueueing.
    number: u64,
    job: Job,
}

impl Jobs {
    pub(super) fn contains(&self, id: JobId) -> bool {
        self.jobs.contains_key(&id)
    }

    pub(super) fn get(&self, id: JobId) -> Result<&Job> {
        self.jobs.get(&id).map(|queued| &queued.job).ok_or_else(|| id.not_found())
    }

    pub(super) fn get_mut(&mut self, id: JobId) -> Result<&mut Job> {
        self.jobs.get_mut(&id).map(|queued| &mut queued.job).ok_or_else(|| id.not_found())
    }

    pub(super) fn add(&mut self, job: NewJob) {
        self.queued += 1;
        self.jobs.insert(job.id, Queued { number: self.queued, job: Job::from(job) });
    }

    /// Removes a job, or requests its cancellation if it is leased.
    pub(super) fn discard(&mut self, id: JobId, now: Timestamp) {
        match self.jobs.get_mut(&id) {
            Some(queued) if queued.job.state == JobState::Leased => queued.job.cancel(now),
            _ => drop(self.jobs.remove(&id)),
        }
    }

    /// Lists the jobs of a kind with this payload.
    pub(super) fn with_payload(&self, kind: JobKind, payload: &str) -> Vec<JobId> {
        let jobs = self.jobs.values().map(|queued| &queued.job);
        let found = jobs.filter(|job| job.kind == kind.name() && job.payload == payload.as_bytes());
        found.map(|job| job.id).collect()
    }

    fn of_kinds(&mut self, kinds: &[&str]) -> impl Iterator<Item = &mut Queued> {
        self.jobs.values_mut().filter(|queued| kinds.contains(&queued.job.kind.as_str()))
    }

    /// Reclaims jobs with an expired lease and returns their IDs, the earliest expiry first.
    fn reclaim(&mut self, kinds: &[&str], now: Timestamp) -> Vec<JobId> {
        let leased = self.of_kinds(kinds).filter(|queued| queued.job.state == JobState::Leased);
        let mut expired: Vec<&mut Queued> = leased.filter(|queued| !queued.job.is_leased(now)).collect();
        expired.sort_by_key(|queued| (queued.job.leased_until, queued.number));

        let reclaimed = expired.into_iter().map(|queued| {
            queued.job.reclaim(now);
            queued.job.id
        });
        reclaimed.collect()
    }

    fn next_ready(&mut self, kinds: &[&str], now: Timestamp) -> Option<&mut Job> {
        let ready = self.of_kinds(kinds).filter(|queued| queued.job.is_ready(now));
        let first = ready.min_by_key(|queued| (Reverse(queued.job.priority), queued.job.due, queued.number));
        first.map(|queued| &mut queued.job)
    }
}

impl State {
    /// Changes a job. If the job ends, ends its group too.
    pub(super) fn change_job<T>(
        &mut self,
        id: JobId,
        now: Timestamp,
        change: impl FnOnce(&mut Job) -> Result<T>,
    ) -> Result<T> {
        let changed = change(self.jobs.get_mut(id)?)?;
        self.end_group_of(id, now);
        Ok(changed)
    }
}

#[async_trait]
impl JobQueue for MemoryStore {
    async fn enqueue(&self, job: NewJob, _now: Timestamp) -> Result<()> {
        let mut state = self.state();
        if state.jobs.contains(job.id) {
            return Err(job.id.conflict());
        }
        state.jobs.add(job);
        Ok(())
    }

    async fn lease(&self, kinds: &[&str], duration: Duration, now: Timestamp) -> Result<Option<LeasedJob>> {
        let mut state = self.state();
        for id in state.jobs.reclaim(kinds, now) {
            state.end_group_of(id, now);
        }
        let leased = state.jobs.next_ready(kinds, now).map(|job| {
            let lease = job.lease(now.after(duration));
            LeasedJob { job: job.clone(), lease }
        });
        Ok(leased)
    }

    async fn heartbeat(&self, lease: &Lease, duration: Duration, now: Timestamp) -> Result<Lease> {
        self.state().jobs.get_mut(lease.job)?.prolong(lease.fence, now.after(duration), now)
    }

    async fn complete(&self, lease: &Lease, result: &[u8], now: Timestamp) -> Result<()> {
        self.state().change_job(lease.job, now, |job| job.complete(lease.fence, result.to_vec(), now))
    }

    async fn fail(&self, lease: &Lease, failure: &Failure, retry: Retry, now: Timestamp) -> Result<JobState> {
        self.state().change_job(lease.job, now, |job| job.fail(lease.fence, failure.clone(), retry, now))
    }

    async fn cancel(&self, id: JobId, now: Timestamp) -> Result<()> {
        self.state().change_job(id, now, |job| {
            job.cancel(now);
            Ok(())
        })
    }

    async fn revive(&self, id: JobId, now: Timestamp) -> Result<()> {
        self.state().jobs.get_mut(id)?.revive(now)
    }

    async fn job(&self, id: JobId) -> Result<Job> {
        self.state().jobs.get(id).cloned()
    }

    async fn dead(&self, limit: usize) -> Result<Vec<Job>> {
        let state = self.state();
        let jobs = state.jobs.jobs.values();
        let mut dead: Vec<&Queued> = jobs.filter(|queued| queued.job.state == JobState::Dead).collect();
        dead.sort_by_key(|queued| (queued.job.finished_at, queued.number));
        Ok(dead.into_iter().take(limit).map(|queued| queued.job.clone()).collect())
    }

    async fn ready(&self, kind: &str, now: Timestamp) -> Result<u64> {
        let state = self.state();
        let jobs = state.jobs.jobs.values().map(|queued| &queued.job).filter(|job| job.kind == kind);
        let could_be_leased = |job: &&Job| {
            let mut job = (*job).clone();
            job.reclaim(now);
            job.is_ready(now)
        };
        Ok(jobs.filter(could_be_leased).count() as u64)
    }

    async fn purge(&self, finished_before: Timestamp) -> Result<u64> {
        let jobs = &mut self.state().jobs.jobs;
        let before = jobs.len();
        jobs.retain(|_, queued| {
            let has_ended = matches!(queued.job.state, JobState::Done | JobState::Cancelled);
            !has_ended || queued.job.finished_at.is_none_or(|finished| finished >= finished_before)
        });
        Ok((before - jobs.len()) as u64)
    }
}
