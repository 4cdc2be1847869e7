//! What all loops share.

use std::sync::Arc;
use std::time::Duration;

use oz_core::Result;
use oz_core::storage::{BlobKey, Lease};
use oz_core::system::{CompanyId, Timestamp};
use tokio::sync::{Semaphore, watch};

use crate::{Ports, ServiceState};

/// How far the end of the process has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Work is taken.
    Running,
    /// No more work is taken; what is under way is finished.
    Stopping,
    /// What is under way is given back.
    Abandoning,
}

/// How long blobs may take from being staged to being named by a record.
const STAGED: Duration = Duration::from_secs(3_600);

/// What all loops share; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) state: ServiceState,
    pub(super) ports: Ports,
    /// Media that are examined at the same time.
    pub(super) slots: Arc<Semaphore>,
    phase: watch::Receiver<Phase>,
}

impl Context {
    /// None where nothing is stored.
    pub(super) fn new(state: &ServiceState, phase: watch::Receiver<Phase>) -> Option<Self> {
        let ports = state.store().ok()?.clone();
        let slots = Arc::new(Semaphore::new(state.engine().examiner.parallelism().max(1)));
        Some(Self { state: state.clone(), ports, slots, phase })
    }

    /// Jobs that this process works at side by side.
    pub(super) fn workers(&self) -> usize {
        let configured = self.state.config().work.workers;
        // While the outcome of one is written, another is examined.
        configured.unwrap_or_else(|| 2 * self.state.engine().examiner.parallelism()).max(1)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.state.now()
    }

    pub(super) fn is_running(&self) -> bool {
        *self.phase.borrow() == Phase::Running
    }

    /// Ready when no more work is to be taken.
    pub(super) async fn stopping(&self) {
        self.reached(Phase::Stopping).await;
    }

    /// Ready when work is to be given back.
    pub(super) async fn abandoning(&self) {
        self.reached(Phase::Abandoning).await;
    }

    async fn reached(&self, phase: Phase) {
        // A sender that is gone has ended everything.
        let _ = self.phase.clone().wait_for(|now| *now >= phase).await;
    }

    /// Waits for `hint`, for `longest`, or for the end.
    pub(super) async fn pause(&self, hint: impl Future<Output = ()>, longest: Duration) {
        tokio::select! {
            () = hint => {}
            () = tokio::time::sleep(longest) => {}
            () = self.stopping() => {}
        }
    }

    /// A fresh name for a blob.
    pub(super) fn blob_key(&self, owner: CompanyId) -> BlobKey {
        BlobKey { owner, id: self.ports.ids.next_id() }
    }

    /// Writes blobs, on the erasure list until a record names them.
    pub(super) async fn write(&self, blobs: &[(BlobKey, &[u8])]) -> Result<()> {
        if blobs.is_empty() {
            return Ok(());
        }
        let keys: Vec<BlobKey> = blobs.iter().map(|(key, _)| *key).collect();
        self.ports.erasures.stage(&keys, self.now().after(STAGED)).await?;
        for (key, content) in blobs {
            self.ports.blobs.put(*key, content).await?;
        }
        Ok(())
    }

    /// Gives up blobs that no record came to name.
    pub(super) async fn give_up(&self, keys: &[BlobKey]) {
        if keys.is_empty() {
            return;
        }
        if let Err(error) = self.ports.erasures.stage(keys, self.now()).await {
            tracing::warn!(code = error.code(), "blobs are erased later than they could be");
        }
        self.state.signals().blobs_to_erase();
    }

    /// Ends a job that has nothing to do any more.
    pub(super) async fn discard(&self, lease: &Lease) -> Result<()> {
        self.ports.jobs.complete(lease, b"", self.now()).await
    }
}
