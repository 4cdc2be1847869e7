//! Ending what is late, forgetting what is old.

use std::time::Duration;

use oz_core::Result;
use oz_core::system::Timestamp;

use super::context::Context;
use super::retention::retain;

/// Looks after both until the process ends. Several processes may: each step is one transaction and can be repeated.
pub(super) async fn run(context: Context) {
    let config = context.state.config();
    let (late, old) = (config.work.expiry_period.get(), config.retention.period.get());
    let mut next_old = tokio::time::Instant::now();
    while context.is_running() {
        report("late analyses", end_late(&context).await);
        if tokio::time::Instant::now() >= next_old {
            next_old += old;
            report("old records", forget_old(&context).await);
        }
        context.pause(std::future::pending(), late.min(old).max(Duration::from_millis(10))).await;
    }
}

fn report(what: &str, outcome: Result<u64>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "{what} were ended"),
        Err(error) => tracing::warn!(code = error.code(), "{what} could not be ended; it is tried again"),
    }
}

async fn end_late(context: &Context) -> Result<u64> {
    let work = &context.state.config().work;
    let (delivery, processing) = (work.delivery_timeout.get(), work.processing_timeout.get());
    let ended = context.ports.folders.expire(delivery, processing, context.now()).await?;
    if ended > 0 {
        // Their notices wait.
        context.state.signals().notice_queued();
    }
    Ok(ended)
}

async fn forget_old(context: &Context) -> Result<u64> {
    let (ports, config, now) = (&context.ports, &context.state.config().retention, context.now());
    let before = |age: Duration| -> Timestamp { now.before(age) };
    let mut forgotten = ports.jobs.purge(before(config.jobs.get())).await?;
    forgotten += ports.accounts.purge_sessions(now).await?;
    if let Some(age) = config.event_sessions {
        forgotten += ports.events.purge(before(age.get())).await?;
    }
    let retained = retain(ports, config, now, false).await?;
    if retained.folders + retained.media > 0 {
        context.state.signals().blobs_to_erase();
    }
    Ok(forgotten + retained.folders + retained.cleared)
}
