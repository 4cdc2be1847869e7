//! Storage port for client telemetry.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{EventSession, EventSessionFilter};
use crate::Result;
use crate::account::Scope;
use crate::listing::Slice;
use crate::system::Timestamp;

/// Stores client telemetry.
#[async_trait]
pub trait EventSessionRepository: Debug + Send + Sync {
    /// Stores a record.
    ///
    /// # Errors
    /// `storage.conflict` when the ID is taken; `storage.backend`.
    async fn add(&self, event: &EventSession) -> Result<()>;

    /// Lists the records in a scope. Records without a company are only in [`Scope::Everything`].
    ///
    /// # Errors
    /// `storage.backend`.
    async fn list(
        &self,
        scope: &Scope,
        filter: &EventSessionFilter,
        slice: &Slice,
    ) -> Result<Vec<EventSession>>;

    /// Counts the records in a scope.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count(&self, scope: &Scope, filter: &EventSessionFilter) -> Result<u64>;

    /// Deletes the records that arrived before `before` and returns their number.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn purge(&self, before: Timestamp) -> Result<u64>;
}
