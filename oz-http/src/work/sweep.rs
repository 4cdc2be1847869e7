//! Erasing what must not stay.

use std::time::Duration;

use oz_core::Result;
use oz_core::storage::BlobKey;

use super::context::Context;

/// Blobs that are erased between two looks at the list.
const BATCH: usize = 500;

/// How often the list is looked at without a signal: for uploads that broke off, and for other processes.
const PERIOD: Duration = Duration::from_secs(10);

/// Erases until the process ends.
pub(super) async fn run(context: Context) {
    while context.is_running() {
        if let Err(error) = sweep(&context).await {
            tracing::warn!(code = error.code(), "blobs could not be erased; it is tried again");
        }
        if let Err(error) = context.ports.erasures.scrub().await {
            tracing::debug!(
                code = error.code(),
                "traces of deleted records could not be removed; it is tried again"
            );
        }
        context.pause(context.state.signals().erasures(), PERIOD).await;
    }
}

/// Erases everything that is due. One blob that cannot be erased keeps none of the others.
async fn sweep(context: &Context) -> Result<()> {
    loop {
        let due = context.ports.erasures.due(context.now(), BATCH).await?;
        let mut erased: Vec<BlobKey> = Vec::with_capacity(due.len());
        let mut failed = None;
        for key in &due {
            match context.ports.blobs.delete(*key).await {
                Ok(()) => erased.push(*key),
                Err(error) => failed = Some(error),
            }
        }
        context.ports.erasures.erased(&erased).await?;
        if let Some(error) = failed {
            return Err(error);
        }
        if due.len() < BATCH {
            return Ok(());
        }
    }
}
