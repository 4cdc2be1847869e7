//! Wake-ups of workers and waiting requests within one process. Changes by other processes are found by
//! polling.

use oz_core::folder::GroupId;
use tokio::sync::{Notify, broadcast};

/// Buffered group IDs per listener. A listener that lags further behind has to query the repository.
const REMEMBERED: usize = 1_024;

/// Wake-ups within one process. A signal is only a hint to query the queue or repository.
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
    /// Signals queued analyses or previews; wakes one worker.
    pub fn work_queued(&self) {
        self.queued.notify_one();
    }

    /// Waits for queued analyses or previews.
    pub async fn work(&self) {
        self.queued.notified().await;
    }

    /// Signals a queued notice; wakes one worker.
    pub fn notice_queued(&self) {
        self.notices.notify_one();
    }

    /// Waits for a queued notice.
    pub async fn notices(&self) {
        self.notices.notified().await;
    }

    /// Signals blobs to be erased.
    pub fn blobs_to_erase(&self) {
        self.erasures.notify_one();
    }

    /// Waits for blobs to be erased.
    pub async fn erasures(&self) {
        self.erasures.notified().await;
    }

    /// Signals that a group of analyses has ended.
    pub fn group_ended(&self, group: GroupId) {
        // Fails only without listeners, when no request is waiting.
        let _ = self.ended.send(group);
    }

    /// Subscribes to groups that end from now on.
    #[must_use]
    pub fn ended_groups(&self) -> broadcast::Receiver<GroupId> {
        self.ended.subscribe()
    }
}
