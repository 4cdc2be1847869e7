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
    let mut scrubbed = None;
    while context.is_running() {
        let erased = sweep(&context).await;
        if let Err(error) = &erased {
            tracing::warn!(code = error.code(), "blobs could not be erased; it is tried again");
        }
        // It makes writers wait, so not for every signal; but not every deletion concerns blobs either.
        let now = context.now();
        let is_due = scrubbed.is_none_or(|last| now.since(last) >= PERIOD);
        if is_due || erased.is_ok_and(|count| count > 0) {
            scrub(&context).await;
            scrubbed = Some(now);
        }
        context.pause(context.state.signals().erasures(), PERIOD).await;
    }
}

async fn scrub(context: &Context) {
    if let Err(error) = context.ports.erasures.scrub().await {
        tracing::debug!(
            code = error.code(),
            "traces of deleted records could not be removed; it is tried again"
        );
    }
}

/// Erases everything that is due, and says how many blobs that were. One that cannot be erased keeps none of the others.
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
