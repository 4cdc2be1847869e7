//! What happens between requests: analyses are answered, previews made, endpoints told, blobs erased, what is late or old
//! is ended.
//!
//! Invariants: work may be done twice, its effects are taken once, by the fence of the lease; nothing that goes wrong in one
//! job ends a loop; what is asked to end gives back what it cannot finish. Any number of processes may work side by side.

mod analysis;
mod context;
mod heartbeat;
mod index;
mod maintenance;
mod media;
mod notice;
mod preview;
mod retention;
mod search;
mod setback;
mod sweep;
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

/// Notices that are sent side by side; they wait for others most of the time.
const MESSENGERS: usize = 4;

/// How long interrupted work may take to be given back.
const FAREWELL: Duration = Duration::from_secs(5);

/// The loops of one process.
#[derive(Debug)]
pub struct Workers {
    phase: watch::Sender<Phase>,
    loops: JoinSet<()>,
}

impl Workers {
    /// Starts to work. A service that stores nothing has nothing to work at.
    #[must_use]
    pub fn start(state: &ServiceState) -> Self {
        let phase = watch::Sender::new(Phase::Running);
        let mut loops = JoinSet::new();
        if let Some(context) = Context::new(state, phase.subscribe()) {
            for _ in 0..context.workers() {
                loops.spawn(worker::run(context.clone(), Task::Media));
            }
            for _ in 0..MESSENGERS {
                loops.spawn(worker::run(context.clone(), Task::Notices));
            }
            loops.spawn(sweep::run(context.clone()));
            loops.spawn(maintenance::run(context.clone()));
            loops.spawn(index::run(context));
        }
        Self { phase, loops }
    }

    /// Takes no more work and waits until what is under way is done, for at most `grace`. What is not done by then is given
    /// back, so that others take it at once.
    pub async fn stop(mut self, grace: Duration) {
        self.phase.send_replace(Phase::Stopping);
        if tokio::time::timeout(grace, self.ended()).await.is_err() {
            self.phase.send_replace(Phase::Abandoning);
            if tokio::time::timeout(FAREWELL, self.ended()).await.is_err() {
                tracing::warn!("work could not be given back; it is taken over when its lease runs out");
            }
        }
        self.loops.shutdown().await;
    }

    async fn ended(&mut self) {
        while self.loops.join_next().await.is_some() {}
    }
}
