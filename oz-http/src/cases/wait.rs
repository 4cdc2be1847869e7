//! Waiting for the results of analyses within a request.

use oz_core::Result;
use oz_core::folder::{AnalysisState, GroupId};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, timeout_at};

use crate::ServiceState;
use crate::state::Ports;

/// Subscription to ended groups. Create it before the group is stored, so that its end cannot be missed.
pub(crate) struct GroupWait {
    ended: Receiver<GroupId>,
}

impl GroupWait {
    /// Subscribes from now on.
    pub(crate) fn new(state: &ServiceState) -> Self {
        Self { ended: state.signals().ended_groups() }
    }

    /// Waits until all analyses of the group have ended, or until the configured timeout. Workers of this
    /// process wake the wait at once; results of other processes are found by polling.
    pub(crate) async fn until_ended(mut self, state: &ServiceState, group: GroupId) -> Result<()> {
        let Ok(ports) = state.store() else { return Ok(()) };
        let work = &state.config().work;
        let deadline = Instant::now() + work.answer_timeout.get();
        while !is_ended(ports, group).await? && Instant::now() < deadline {
            let next_poll = deadline.min(Instant::now() + work.poll.get());
            // Signal or timeout, the loop condition queries the repository either way.
            let _ = timeout_at(next_poll, self.signalled(group)).await;
        }
        Ok(())
    }

    async fn signalled(&mut self, group: GroupId) {
        loop {
            match self.ended.recv().await {
                Ok(ended) if ended != group => {}
                _ => return,
            }
        }
    }
}

async fn is_ended(ports: &Ports, group: GroupId) -> Result<bool> {
    let analyses = ports.folders.group(group).await?;
    Ok(analyses.iter().all(|analysis| analysis.state != AnalysisState::Processing))
}
