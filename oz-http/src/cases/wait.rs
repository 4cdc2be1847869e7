//! Waiting for analyses within a request.

use oz_core::Result;
use oz_core::folder::{AnalysisState, GroupId};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, timeout_at};

use crate::ServiceState;
use crate::state::Ports;

/// Hears of groups that end; to be made before the group is stored, so that no end is missed.
pub(crate) struct GroupWait {
    ended: Receiver<GroupId>,
}

impl GroupWait {
    /// Listens from now on.
    pub(crate) fn new(state: &ServiceState) -> Self {
        Self { ended: state.signals().ended_groups() }
    }

    /// Waits until no analysis of the group runs any more, or for as long as is configured. Workers of this process are
    /// heard at once; those of others are met by looking.
    pub(crate) async fn until_ended(mut self, state: &ServiceState, group: GroupId) -> Result<()> {
        let Ok(ports) = state.store() else { return Ok(()) };
        let work = &state.config().work;
        let deadline = Instant::now() + work.answer_timeout.get();
        while !is_ended(ports, group).await? && Instant::now() < deadline {
            let look = deadline.min(Instant::now() + work.poll.get());
            // Whether it was a signal or the time to look: the repository says how it is.
            let _ = timeout_at(look, self.heard(group)).await;
        }
        Ok(())
    }

    async fn heard(&mut self, group: GroupId) {
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
