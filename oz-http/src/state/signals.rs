//! What wakes workers and waiting requests of the same process at once. Other processes are met by polling.

use oz_core::folder::GroupId;
use tokio::sync::{Notify, broadcast};

/// Ended groups that a slow listener may miss before it has to look for itself.
const REMEMBERED: usize = 1_024;

/// Wakes within one process. A signal is a hint to look, never the truth.
#[derive(Debug)]
pub struct Signals {
    queued: Notify,
    erasures: Notify,
    ended: broadcast::Sender<GroupId>,
}

impl Default for Signals {
    fn default() -> Self {
        Self { queued: Notify::new(), erasures: Notify::new(), ended: broadcast::Sender::new(REMEMBERED) }
    }
}

impl Signals {
    /// Says that there is work; wakes one worker.
    pub fn work_queued(&self) {
        self.queued.notify_one();
    }

    /// Waits for work.
    pub async fn work(&self) {
        self.queued.notified().await;
    }

    /// Says that blobs are to be erased.
    pub fn blobs_to_erase(&self) {
        self.erasures.notify_one();
    }

    /// Waits for blobs to be erased.
    pub async fn erasures(&self) {
        self.erasures.notified().await;
    }

    /// Says that a group of analyses reached its end.
    pub fn group_ended(&self, group: GroupId) {
        // Nobody listens: nobody waits.
        let _ = self.ended.send(group);
    }

    /// Hears of every group that ends from now on.
    #[must_use]
    pub fn ended_groups(&self) -> broadcast::Receiver<GroupId> {
        self.ended.subscribe()
    }
}
