//! What wakes workers and waiting requests of the same process at once. Other processes are met by polling.

use oz_core::folder::GroupId;
use tokio::sync::{Notify, broadcast};

/// Ended groups that a slow listener may miss before it has to look for itself.
const REMEMBERED: usize = 1_024;

/// Wakes within one process. A signal is a hint to look, never the truth.
#[derive(Debug)]
pub struct Signals {
    queued: Notify,
    notices: Notify,
    erasures: Notify,
    ended: broadcast::Sender<GroupId>,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            queued: Notify::new(),
            notices: Notify::new(),
            erasures: Notify::new(),
            ended: broadcast::Sender::new(REMEMBERED),
        }
    }
}

impl Signals {
    /// Says that there are analyses or previews to be made; wakes one worker.
    pub fn work_queued(&self) {
        self.queued.notify_one();
    }

    /// Waits for analyses or previews to be made.
    pub async fn work(&self) {
        self.queued.notified().await;
    }

    /// Says that an endpoint is to be told; wakes one messenger.
    pub fn notice_queued(&self) {
        self.notices.notify_one();
    }

    /// Waits for an endpoint to be told.
    pub async fn notices(&self) {
        self.notices.notified().await;
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
