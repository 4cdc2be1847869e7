//! Signs of life while a job is worked at.

use oz_core::storage::{Failure, Lease};
use oz_core::{Error, Result};

use super::context::Context;
use super::setback::{Next, Setback};

/// Prolongs a lease at a third of its length; ready when the job is not to be worked at any more, with the reason.
///
/// A queue that cannot be reached is asked again: until the lease runs out nobody else has the job, and after that the fence
/// refuses what comes too late.
pub(super) async fn keep(context: &Context, lease: &Lease) -> Setback {
    let duration = context.state.config().work.lease.get();
    loop {
        tokio::time::sleep(duration / 3).await;
        let beat = context.ports.jobs.heartbeat(lease, duration, context.now()).await;
        if let Some(end) = end_of(beat) {
            return end;
        }
    }
}

fn end_of(beat: Result<Lease>) -> Option<Setback> {
    match beat {
        Ok(lease) if lease.cancel_requested => {
            Some(Setback::new(Failure::CANCELLED, "the work was called off", Next::Resume))
        }
        Ok(_) => None,
        Err(Error::Conflict { .. } | Error::NotFound { .. }) => {
            Some(Setback::new(Failure::LEASE_EXPIRED, "somebody else has the job", Next::Leave))
        }
        Err(error) => {
            tracing::warn!(code = error.code(), "a lease could not be prolonged");
            None
        }
    }
}
