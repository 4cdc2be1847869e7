//! Jobs as a map.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::port::JobQueue;
use oz_core::storage::{Failure, Job, JobId, JobState, Lease, LeasedJob, NewJob, Retry};
use oz_core::system::Timestamp;

use crate::locked;

/// A queue that ends with the process.
#[derive(Debug, Default)]
pub struct MemoryJobQueue {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    jobs: BTreeMap<JobId, Queued>,
    queued: u64,
}

#[derive(Debug)]
struct Queued {
    /// Place in the order of queueing.
    number: u64,
    job: Job,
}

impl State {
    fn job(&mut self, id: JobId) -> Result<&mut Job> {
        self.jobs.get_mut(&id).map(|queued| &mut queued.job).ok_or_else(|| id.not_found())
    }

    fn next_ready(&mut self, kinds: &[&str], now: Timestamp) -> Option<&mut Job> {
        self.jobs.values_mut().for_each(|queued| queued.job.reclaim(now));
        let wanted = |job: &Job| job.is_ready(now) && kinds.contains(&job.kind.as_str());
        let ready = self.jobs.values_mut().filter(|queued| wanted(&queued.job));
        let first = ready.min_by_key(|queued| (Reverse(queued.job.priority), queued.job.due, queued.number));
        first.map(|queued| &mut queued.job)
    }
}

#[async_trait]
impl JobQueue for MemoryJobQueue {
    async fn enqueue(&self, job: NewJob, _now: Timestamp) -> Result<()> {
        let mut state = locked(&self.state);
        if state.jobs.contains_key(&job.id) {
            return Err(job.id.conflict());
        }
        state.queued += 1;
        let number = state.queued;
        state.jobs.insert(job.id, Queued { number, job: Job::from(job) });
        Ok(())
    }

    async fn lease(&self, kinds: &[&str], duration: Duration, now: Timestamp) -> Result<Option<LeasedJob>> {
        let mut state = locked(&self.state);
        let leased = state.next_ready(kinds, now).map(|job| {
            let lease = job.lease(now.after(duration));
            LeasedJob { job: job.clone(), lease }
        });
        Ok(leased)
    }

    async fn heartbeat(&self, lease: &Lease, duration: Duration, now: Timestamp) -> Result<Lease> {
        locked(&self.state).job(lease.job)?.prolong(lease.fence, now.after(duration), now)
    }

    async fn complete(&self, lease: &Lease, result: &[u8], now: Timestamp) -> Result<()> {
        locked(&self.state).job(lease.job)?.complete(lease.fence, result.to_vec(), now)
    }

    async fn fail(&self, lease: &Lease, failure: &Failure, retry: Retry, now: Timestamp) -> Result<JobState> {
        locked(&self.state).job(lease.job)?.fail(lease.fence, failure.clone(), retry, now)
    }

    async fn cancel(&self, id: JobId, now: Timestamp) -> Result<()> {
        locked(&self.state).job(id)?.cancel(now);
        Ok(())
    }

    async fn revive(&self, id: JobId, now: Timestamp) -> Result<()> {
        locked(&self.state).job(id)?.revive(now)
    }

    async fn job(&self, id: JobId) -> Result<Job> {
        locked(&self.state).job(id).cloned()
    }

    async fn dead(&self, limit: usize) -> Result<Vec<Job>> {
        let state = locked(&self.state);
        let mut dead: Vec<&Queued> =
            state.jobs.values().filter(|queued| queued.job.state == JobState::Dead).collect();
        dead.sort_by_key(|queued| (queued.job.finished_at, queued.number));
        Ok(dead.into_iter().take(limit).map(|queued| queued.job.clone()).collect())
    }

    async fn ready(&self, kind: &str, now: Timestamp) -> Result<u64> {
        let mut state = locked(&self.state);
        state.jobs.values_mut().for_each(|queued| queued.job.reclaim(now));
        let jobs = state.jobs.values().map(|queued| &queued.job);
        Ok(jobs.filter(|job| job.kind == kind && job.is_ready(now)).count() as u64)
    }

    async fn purge(&self, finished_before: Timestamp) -> Result<u64> {
        let mut state = locked(&self.state);
        let before = state.jobs.len();
        state.jobs.retain(|_, queued| {
            let over = matches!(queued.job.state, JobState::Done | JobState::Cancelled);
            !over || queued.job.finished_at.is_none_or(|finished| finished >= finished_before)
        });
        Ok((before - state.jobs.len()) as u64)
    }
}
