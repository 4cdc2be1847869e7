//! Loop of one worker: lease a job, run it, record a failure.

use std::time::Duration;

use oz_core::Error;
use oz_core::folder::JobKind;
use oz_core::storage::{Backoff, Failure, Job, JobState, LeasedJob, Retry};
use tokio::task::{JoinError, JoinSet};

use super::context::Context;
use super::setback::{Next, Setback};
use super::target::group_of;
use super::{analysis, heartbeat, notice, preview};

/// Delay after the first failed attempt at an analysis or preview.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// Delay after the first failed attempt at a notice, whose endpoint may need time to recover.
const FIRST_NOTICE_DELAY: Duration = Duration::from_secs(10);

/// Kinds of jobs that a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Analyses and previews; CPU-bound.
    Media,
    /// Notices; network-bound.
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

/// Runs jobs until the process stops.
pub(super) async fn run(context: Context, task: Task) {
    let (names, signals) = (task.names(), context.state.signals());
    let work = &context.state.config().work;

    while context.is_running() {
        match context.ports.jobs.lease(names, work.lease.get(), context.now()).await {
            Ok(Some(leased)) => {
                // Each signal wakes one worker only, so this one passes it on: there may be more jobs.
                match task {
                    Task::Media => signals.work_queued(),
                    Task::Notices => signals.notice_queued(),
                }
                run_job(&context, leased).await;
            }
            Ok(None) => match task {
                Task::Media => context.pause(signals.work(), work.poll.get()).await,
                Task::Notices => context.pause(signals.notices(), work.poll.get()).await,
            },
            Err(error) => {
                tracing::warn!(code = error.code(), "failed to lease a job");
                context.pause(std::future::pending(), work.poll.get()).await;
            }
        }
    }
}

/// Runs a job in its own task, so that a panic or a hang does not affect the worker.
async fn run_job(context: &Context, leased: LeasedJob) {
    let mut task = JoinSet::new();
    task.spawn(dispatch(context.clone(), leased.clone()));
    let outcome = tokio::select! {
        joined = task.join_next() => joined.map_or(Ok(()), flatten),
        end = heartbeat::keep_alive(context, &leased.lease) => Err(end),
        () = context.abandoning() => {
            Err(Setback::new(Failure::INTERRUPTED, "the worker was stopped", Next::Resume))
        }
    };
    // Aborts a task that is still running.
    drop(task);

    if let Err(setback) = outcome {
        record_failure(context, &leased, setback).await;
    }
}

fn flatten(joined: Result<Result<(), Setback>, JoinError>) -> Result<(), Setback> {
    joined.unwrap_or_else(|_| Err(Setback::panicked()))
}

async fn dispatch(context: Context, leased: LeasedJob) -> Result<(), Setback> {
    match JobKind::named(&leased.job.kind) {
        Some(JobKind::Analysis) => analysis::run(&context, &leased).await,
        Some(JobKind::Preview) => preview::run(&context, &leased).await,
        Some(JobKind::Notice) => notice::send(&context, &leased).await,
        None => Err(Setback::new("input.invalid_value", "unknown job kind", Next::GiveUp)),
    }
}

/// Records a failed attempt and schedules the next one, if any.
async fn record_failure(context: &Context, leased: &LeasedJob, setback: Setback) {
    let Job { id, kind, attempts, .. } = &leased.job;
    let code = setback.failure.code.as_str();
    tracing::warn!(job = %id, kind, attempts, code, next = ?setback.next, "job attempt failed");
    if setback.next == Next::Leave {
        return;
    }

    let retry = retry(context, &leased.job, setback.next);
    match fail(context, leased, &setback.failure, retry).await {
        Ok(_) => {}
        // Another worker has the job, or it was deleted: the failure of this attempt is obsolete.
        Err(Error::Conflict { .. } | Error::NotFound { .. }) => {}
        Err(error) => {
            tracing::warn!(job = %id, code = error.code(), "failed to record a job attempt");
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

fn retry(context: &Context, job: &Job, next: Next) -> Retry {
    match next {
        Next::Resume => return Retry::After(Duration::ZERO),
        Next::GiveUp | Next::Leave => return Retry::Never,
        Next::Retry => {}
    }

    let config = context.state.config();
    let is_notice = job.kind == JobKind::Notice.name();
    let backoff = match is_notice {
        true => Backoff { first: FIRST_NOTICE_DELAY, longest: config.webhooks.longest_delay.get() },
        false => Backoff { first: FIRST_DELAY, longest: config.work.retry_delay.get() },
    };
    if is_notice && total_delay(backoff, job.attempts) >= config.webhooks.give_up_after.get() {
        return Retry::Never;
    }
    Retry::After(backoff.delay(job.attempts))
}

/// Sum of the delays after the first `attempts` attempts.
fn total_delay(backoff: Backoff, attempts: u32) -> Duration {
    (1..=attempts).fold(Duration::ZERO, |total, attempt| total.saturating_add(backoff.delay(attempt)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_kind_has_a_worker() {
        let known = [Task::Media.names(), Task::Notices.names()].concat();
        let kinds = [JobKind::Analysis, JobKind::Preview, JobKind::Notice].map(JobKind::name);
        assert_eq!(known, kinds);
    }

    #[test]
    fn notices_are_given_up_after_a_day() {
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let backoff = Backoff { first: FIRST_NOTICE_DELAY, longest: hours(2) };
        assert_eq!(total_delay(backoff, 3), Duration::from_secs(70));
        assert!(total_delay(backoff, 20) < hours(24) && total_delay(backoff, 21) > hours(24));
    }
}
