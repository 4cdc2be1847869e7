//! Lease renewal while a job is running.

use oz_core::storage::{Failure, Lease};
use oz_core::{Error, Result};

use super::context::Context;
use super::setback::{Next, Setback};

/// Renews the lease every third of its duration. Returns only when the job must be abandoned, with the
/// reason.
///
/// Renewal is retried while the queue is unreachable: no other worker gets the job before the lease expires,
/// and afterwards the fencing token rejects late results.
pub(super) async fn keep_alive(context: &Context, lease: &Lease) -> Setback {
    let duration = context.state.config().work.lease.get();
    loop {
        tokio::time::sleep(duration / 3).await;
        let beat = context.ports.jobs.heartbeat(lease, duration, context.now()).await;
        if let Some(setback) = setback_of(beat) {
            return setback;
        }
    }
}

fn setback_of(beat: Result<Lease>) -> Option<Setback> {
    match beat {
        Ok(lease) if lease.cancel_requested => {
            Some(Setback::new(Failure::CANCELLED, "the job was cancelled", Next::Resume))
        }
        Ok(_) => None,
        Err(Error::Conflict { .. } | Error::NotFound { .. }) => {
            Some(Setback::new(Failure::LEASE_EXPIRED, "the lease is lost", Next::Leave))
        }
        Err(error) => {
            tracing::warn!(code = error.code(), "failed to renew a lease");
            None
        }
    }
}
