//! The seam to whoever keeps telemetry.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{EventSession, EventSessionFilter};
use crate::Result;
use crate::account::Scope;
use crate::listing::Slice;
use crate::system::Timestamp;

/// Stores telemetry of clients.
#[async_trait]
pub trait EventSessionRepository: Debug + Send + Sync {
    /// Stores a record.
    ///
    /// # Errors
    /// `storage.conflict` when the id is taken; `storage.backend`.
    async fn add(&self, event: &EventSession) -> Result<()>;

    /// Records of a scope. What belongs to no company is in the scope of everything only.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn list(
        &self,
        scope: &Scope,
        filter: &EventSessionFilter,
        slice: &Slice,
    ) -> Result<Vec<EventSession>>;

    /// How many there are.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count(&self, scope: &Scope, filter: &EventSessionFilter) -> Result<u64>;

    /// Forgets records that came before a time. Says how many.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn purge(&self, before: Timestamp) -> Result<u64>;
}
