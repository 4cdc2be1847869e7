//! Background work: analyses, previews, notices, erasure of blobs, timeouts and retention.
//!
//! Invariants:
//!
//! - A job may run more than once, but its effects are stored only once: the fencing token of the lease
//!   rejects the rest.
//! - An error or panic in a job does not end the loop of its worker.
//! - A stopping process returns unfinished jobs to the queue.
//! - Any number of processes can work on the same queue.

mod analysis;
mod context;
mod heartbeat;
mod index;
mod maintenance;
mod media;
mod notice;
mod preview;
mod request;
mod retention;
mod search;
mod setback;
mod sweep;
mod target;
mod worker;

pub use index::fill_index;
pub use notice::webhook_secret;
pub use retention::{Retained, retain};

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::ServiceState;
use context::{Context, Phase};
use worker::Task;

/// Concurrent notice workers. They spend most of their time waiting for endpoints.
const NOTICE_WORKERS: usize = 4;

/// Longest time for returning interrupted jobs to the queue.
const RETURN_TIMEOUT: Duration = Duration::from_secs(5);

/// Background loops of one process.
#[derive(Debug)]
pub struct Workers {
    phase: watch::Sender<Phase>,
    loops: JoinSet<()>,
}

impl Workers {
    /// Starts the loops. A stateless service has none.
    #[must_use]
    pub fn start(state: &ServiceState) -> Self {
        let phase = watch::Sender::new(Phase::Running);
        let mut loops = JoinSet::new();
        if let Some(context) = Context::new(state, phase.subscribe()) {
            for _ in 0..context.workers() {
                loops.spawn(worker::run(context.clone(), Task::Media));
            }
            for _ in 0..NOTICE_WORKERS {
                loops.spawn(worker::run(context.clone(), Task::Notices));
            }
            loops.spawn(sweep::run(context.clone()));
            loops.spawn(maintenance::run(context.clone()));
            loops.spawn(index::run(context));
        }
        Self { phase, loops }
    }

    /// Stops leasing jobs and waits up to `grace` for the running ones. Jobs still running then are returned
    /// to the queue, where other processes can lease them at once.
    pub async fn stop(mut self, grace: Duration) {
        self.phase.send_replace(Phase::Stopping);
        if tokio::time::timeout(grace, self.ended()).await.is_err() {
            self.phase.send_replace(Phase::Abandoning);
            if tokio::time::timeout(RETURN_TIMEOUT, self.ended()).await.is_err() {
                tracing::warn!(
                    "running jobs were not returned to the queue; they are retried when their leases expire"
                );
            }
        }
        self.loops.shutdown().await;
    }

    async fn ended(&mut self) {
        while self.loops.join_next().await.is_some() {}
    }
}
