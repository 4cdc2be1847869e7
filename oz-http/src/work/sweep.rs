//! Erasure of blobs that are due.

use std::time::Duration;

use oz_core::Result;
use oz_core::storage::BlobKey;

use super::context::Context;

/// Blobs per query of the erasure list.
const BATCH: usize = 500;

/// Polling period without a signal, for aborted uploads and for blobs staged by other processes.
const PERIOD: Duration = Duration::from_secs(10);

/// Erases blobs until the process stops.
pub(super) async fn run(context: Context) {
    let mut scrubbed = None;
    while context.is_running() {
        let erased = sweep(&context).await;
        if let Err(error) = &erased {
            tracing::warn!(code = error.code(), "failed to erase blobs; will retry");
        }

        // Scrubbing blocks writers, so it does not follow every signal; but deletions without blobs need it
        // as well, so it also runs once per period.
        let now = context.now();
        let is_due = scrubbed.is_none_or(|last| now.since(last) >= PERIOD);
        if is_due || erased.is_ok_and(|count| count > 0) {
            scrub(&context).await;
            scrubbed = Some(now);
        }
        context.pause(context.state.signals().erasures(), PERIOD).await;
    }
}

/// Removes traces of deleted records from the database files.
async fn scrub(context: &Context) {
    if let Err(error) = context.ports.erasures.scrub().await {
        tracing::debug!(code = error.code(), "failed to scrub traces of deleted records; will retry");
    }
}

/// Erases all due blobs and returns their number. A blob that cannot be erased does not prevent the erasure
/// of others in its batch.
async fn sweep(context: &Context) -> Result<usize> {
    let mut count = 0;
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

        if !erased.is_empty() {
            context.ports.erasures.erased(&erased).await?;
            count += erased.len();
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if due.len() < BATCH {
            return Ok(count);
        }
    }
}
