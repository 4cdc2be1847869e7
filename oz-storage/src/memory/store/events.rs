//! Telemetry in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::account::Scope;
use oz_core::event::port::EventSessionRepository;
use oz_core::event::{EventSession, EventSessionFilter, EventSessionId};
use oz_core::listing::Slice;
use oz_core::system::Timestamp;

use super::{MemoryStore, Place, sliced};

#[derive(Debug, Default)]
pub(super) struct Events(BTreeMap<EventSessionId, EventSession>);

impl Events {
    fn admitted<'a>(
        &'a self,
        scope: &'a Scope,
        filter: &'a EventSessionFilter,
    ) -> impl Iterator<Item = &'a EventSession> {
        self.0.values().filter(|event| event.is_in(scope) && filter.admits(event))
    }
}

fn place(event: &EventSession) -> Place {
    Place { created: event.created, updated: event.updated, id: event.id.uuid() }
}

#[async_trait]
impl EventSessionRepository for MemoryStore {
    async fn add(&self, event: &EventSession) -> Result<()> {
        let mut state = self.state();
        if state.events.0.contains_key(&event.id) {
            return Err(event.id.conflict());
        }
        state.events.0.insert(event.id, event.clone());
        Ok(())
    }

    async fn list(
        &self,
        scope: &Scope,
        filter: &EventSessionFilter,
        slice: &Slice,
    ) -> Result<Vec<EventSession>> {
        Ok(sliced(self.state().events.admitted(scope, filter), slice, place))
    }

    async fn count(&self, scope: &Scope, filter: &EventSessionFilter) -> Result<u64> {
        Ok(self.state().events.admitted(scope, filter).count() as u64)
    }

    async fn purge(&self, before: Timestamp) -> Result<u64> {
        let events = &mut self.state().events.0;
        let count = events.len();
        events.retain(|_, event| event.created >= before);
        Ok((count - events.len()) as u64)
    }
}
