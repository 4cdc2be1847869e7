//! The loop of one worker: lease, work, write down what came of it.

use std::time::Duration;

use oz_core::Error;
use oz_core::folder::{GroupId, JobKind};
use oz_core::storage::{Backoff, Failure, Job, JobState, LeasedJob, Retry};
use tokio::task::{JoinError, JoinSet};

use super::context::Context;
use super::setback::{Next, Setback};
use super::{analysis, heartbeat, notice, preview};

/// Delay after the first failed attempt.
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// The same where others have to come back to life.
const FIRST_NOTICE_DELAY: Duration = Duration::from_secs(10);

/// What a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Looks at media: much work.
    Media,
    /// Tells endpoints: much waiting.
    Notices,
}

impl Task {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Media => &["analysis", "preview"],
            Self::Notices => &["notice"],
        }
    }
}

/// Works until the process ends.
pub(super) async fn run(context: Context, task: Task) {
    let (names, signals) = (task.names(), context.state.signals());
    let work = &context.state.config().work;
    while context.is_running() {
        match context.ports.jobs.lease(names, work.lease.get(), context.now()).await {
            Ok(Some(leased)) => {
                // Where one job was, another may be.
                match task {
                    Task::Media => signals.work_queued(),
                    Task::Notices => signals.notice_queued(),
                }
                work_at(&context, leased).await;
            }
            Ok(None) => match task {
                Task::Media => context.pause(signals.work(), work.poll.get()).await,
                Task::Notices => context.pause(signals.notices(), work.poll.get()).await,
            },
            Err(error) => {
                tracing::warn!(code = error.code(), "the queue cannot be asked for work");
                context.pause(std::future::pending(), work.poll.get()).await;
            }
        }
    }
}

/// Works at one job. Whatever it does, panic or hang, it does in a task of its own.
async fn work_at(context: &Context, leased: LeasedJob) {
    let mut task = JoinSet::new();
    task.spawn(perform(context.clone(), leased.clone()));
    let outcome = tokio::select! {
        joined = task.join_next() => joined.map_or(Ok(()), flatten),
        end = heartbeat::keep(context, &leased.lease) => Err(end),
        () = context.abandoning() => {
            Err(Setback::new(Failure::INTERRUPTED, "the worker went down", Next::Resume))
        }
    };
    drop(task);
    if let Err(setback) = outcome {
        settle(context, &leased, setback).await;
    }
}

fn flatten(joined: Result<Result<(), Setback>, JoinError>) -> Result<(), Setback> {
    joined.unwrap_or_else(|_| Err(Setback::panicked()))
}

async fn perform(context: Context, leased: LeasedJob) -> Result<(), Setback> {
    match JobKind::named(&leased.job.kind) {
        Some(JobKind::Analysis) => analysis::answer(&context, &leased).await,
        Some(JobKind::Preview) => preview::make(&context, &leased).await,
        Some(JobKind::Notice) => notice::send(&context, &leased).await,
        None => Err(Setback::new("input.invalid_value", "nobody knows work of this kind", Next::GiveUp)),
    }
}

/// Writes down a failed attempt.
async fn settle(context: &Context, leased: &LeasedJob, setback: Setback) {
    let Job { id, kind, attempts, .. } = &leased.job;
    let code = setback.failure.code.as_str();
    tracing::warn!(job = %id, kind, attempts, code, next = ?setback.next, "an attempt failed");
    if setback.next == Next::Leave {
        return;
    }
    let retry = retry(context, &leased.job, setback.next);
    match fail(context, leased, &setback.failure, retry).await {
        Ok(_) => {}
        // Somebody else has it, or it is gone: what is written is theirs.
        Err(Error::Conflict { .. } | Error::NotFound { .. }) => {}
        Err(error) => {
            tracing::warn!(job = %id, code = error.code(), "a failed attempt could not be written down");
        }
    }
}

async fn fail(
    context: &Context,
    leased: &LeasedJob,
    failure: &Failure,
    retry: Retry,
) -> Result<JobState, Error> {
    let (ports, lease, now) = (&context.ports, &leased.lease, context.now());
    let Some(group) = group_of(&leased.job) else {
        return ports.jobs.fail(lease, failure, retry, now).await;
    };
    let state = ports.folders.fail(lease, group, failure, retry, now).await?;
    if state.is_final() {
        context.state.signals().group_ended(group);
        context.state.signals().notice_queued();
    }
    Ok(state)
}

/// The group that a job answers.
pub(super) fn group_of(job: &Job) -> Option<GroupId> {
    let is_analysis = job.kind == JobKind::Analysis.name();
    std::str::from_utf8(&job.payload).ok().filter(|_| is_analysis)?.parse().ok()
}

fn retry(context: &Context, job: &Job, next: Next) -> Retry {
    let config = context.state.config();
    let notice = job.kind == JobKind::Notice.name();
    let (first, longest) = match notice {
        true => (FIRST_NOTICE_DELAY, config.webhooks.longest_delay.get()),
        false => (FIRST_DELAY, config.work.retry_delay.get()),
    };
    let backoff = Backoff { first, longest };
    match next {
        Next::Resume => Retry::After(Duration::ZERO),
        Next::GiveUp | Next::Leave => Retry::Never,
        Next::Retry if notice && spent(backoff, job.attempts) >= config.webhooks.give_up_after.get() => {
            Retry::Never
        }
        Next::Retry => Retry::After(backoff.delay(job.attempts)),
    }
}

/// The delays up to and after the attempt of this number.
fn spent(backoff: Backoff, attempts: u32) -> Duration {
    (1..=attempts).fold(Duration::ZERO, |spent, attempt| spent.saturating_add(backoff.delay(attempt)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_know_every_kind_of_job() {
        let known = [Task::Media.names(), Task::Notices.names()].concat();
        let kinds = [JobKind::Analysis, JobKind::Preview, JobKind::Notice].map(JobKind::name);
        assert_eq!(known, kinds);
    }

    #[test]
    fn notices_are_given_up_after_the_sum_of_their_delays() {
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let backoff = Backoff { first: FIRST_NOTICE_DELAY, longest: hours(2) };
        assert_eq!(spent(backoff, 3), Duration::from_secs(70));
        assert!(spent(backoff, 20) < hours(24) && spent(backoff, 21) > hours(24));
    }
}
