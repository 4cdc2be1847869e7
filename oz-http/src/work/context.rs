//! Context of the background loops.

use std::sync::Arc;
use std::time::Duration;

use oz_core::Result;
use oz_core::storage::{BlobKey, Lease};
use oz_core::system::{CompanyId, Timestamp};
use tokio::sync::{Semaphore, watch};

use crate::{Ports, ServiceState};

/// Phase of the shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Jobs are leased.
    Running,
    /// No more jobs are leased; running ones are finished.
    Stopping,
    /// Running jobs are returned to the queue.
    Abandoning,
}

/// Time from staging a blob to storing a record that references it, after which it is erased.
const STAGING_TIMEOUT: Duration = Duration::from_secs(3_600);

/// Context of the background loops; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) state: ServiceState,
    pub(super) ports: Ports,
    /// Concurrent examinations.
    pub(super) slots: Arc<Semaphore>,
    phase: watch::Receiver<Phase>,
}

impl Context {
    /// `None` on a stateless service.
    pub(super) fn new(state: &ServiceState, phase: watch::Receiver<Phase>) -> Option<Self> {
        let ports = state.store().ok()?.clone();
        let slots = Arc::new(Semaphore::new(state.engine().examiner.parallelism().max(1)));
        Some(Self { state: state.clone(), ports, slots, phase })
    }

    /// Number of media workers of this process.
    pub(super) fn workers(&self) -> usize {
        let configured = self.state.config().work.workers;
        // Twice the parallelism of the examiner: one group is examined while the results of another are
        // stored.
        configured.unwrap_or_else(|| 2 * self.state.engine().examiner.parallelism()).max(1)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.state.now()
    }

    pub(super) fn is_running(&self) -> bool {
        *self.phase.borrow() == Phase::Running
    }

    /// Resolves when no more jobs may be leased.
    pub(super) async fn stopping(&self) {
        self.reached(Phase::Stopping).await;
    }

    /// Resolves when running jobs are to be returned.
    pub(super) async fn abandoning(&self) {
        self.reached(Phase::Abandoning).await;
    }

    async fn reached(&self, phase: Phase) {
        // A dropped sender counts as the last phase.
        let _ = self.phase.clone().wait_for(|now| *now >= phase).await;
    }

    /// Waits for `hint`, at most for `longest`, or until the shutdown begins.
    pub(super) async fn pause(&self, hint: impl Future<Output = ()>, longest: Duration) {
        tokio::select! {
            () = hint => {}
            () = tokio::time::sleep(longest) => {}
            () = self.stopping() => {}
        }
    }

    /// Generates a blob key.
    pub(super) fn blob_key(&self, owner: CompanyId) -> BlobKey {
        BlobKey { owner, id: self.ports.ids.next_id() }
    }

    /// Writes blobs. They stay on the erasure list until a record references them.
    pub(super) async fn write(&self, blobs: &[(BlobKey, &[u8])]) -> Result<()> {
        if blobs.is_empty() {
            return Ok(());
        }

        let keys: Vec<BlobKey> = blobs.iter().map(|(key, _)| *key).collect();
        self.ports.erasures.stage(&keys, self.now().after(STAGING_TIMEOUT)).await?;
        for (key, content) in blobs {
            self.ports.blobs.put(*key, content).await?;
        }
        Ok(())
    }

    /// Makes blobs without a record due for erasure.
    pub(super) async fn give_up(&self, keys: &[BlobKey]) {
        if keys.is_empty() {
            return;
        }
        if let Err(error) = self.ports.erasures.stage(keys, self.now()).await {
            tracing::warn!(
                code = error.code(),
                "failed to make blobs due for erasure; they are erased after the staging timeout"
            );
        }
        self.state.signals().blobs_to_erase();
    }

    /// Completes a job that has nothing left to do.
    pub(super) async fn discard(&self, lease: &Lease) -> Result<()> {
        self.ports.jobs.complete(lease, b"", self.now()).await
    }
}
