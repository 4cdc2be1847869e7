//! Periodic maintenance: timeouts of analyses and deletion of old records.

use std::time::Duration;

use oz_core::Result;
use oz_core::system::Timestamp;

use super::context::Context;
use super::retention::retain;

/// Expires overdue analyses and deletes old records until the process stops. Safe in several processes at
/// once: each step is one transaction and can be repeated.
pub(super) async fn run(context: Context) {
    let config = context.state.config();
    let (expiry, retention) = (config.work.expiry_period.get(), config.retention.period.get());
    let mut next_retention = tokio::time::Instant::now();

    while context.is_running() {
        report("expire overdue analyses", expire_overdue(&context).await);
        if tokio::time::Instant::now() >= next_retention {
            next_retention += retention;
            report("delete old records", delete_old(&context).await);
        }

        let period = expiry.min(retention).max(Duration::from_millis(10));
        context.pause(std::future::pending(), period).await;
    }
}

fn report(step: &str, outcome: Result<u64>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => tracing::info!(step, count, "maintenance step finished"),
        Err(error) => tracing::warn!(step, code = error.code(), "maintenance step failed; will retry"),
    }
}

async fn expire_overdue(context: &Context) -> Result<u64> {
    let work = &context.state.config().work;
    let (delivery, processing) = (work.delivery_timeout.get(), work.processing_timeout.get());
    let expired = context.ports.folders.expire(delivery, processing, context.now()).await?;
    if expired > 0 {
        // Expiry has queued their notices.
        context.state.signals().notice_queued();
    }
    Ok(expired)
}

async fn delete_old(context: &Context) -> Result<u64> {
    let (ports, config, now) = (&context.ports, &context.state.config().retention, context.now());
    let before = |age: Duration| -> Timestamp { now.before(age) };

    let mut deleted = ports.jobs.purge(before(config.jobs.get())).await?;
    deleted += ports.accounts.purge_sessions(now).await?;
    if let Some(age) = config.event_sessions {
        deleted += ports.events.purge(before(age.get())).await?;
    }

    let retained = retain(ports, config, now, false).await?;
    if retained.folders + retained.media > 0 {
        context.state.signals().blobs_to_erase();
    }
    Ok(deleted + retained.folders + retained.cleared)
}
