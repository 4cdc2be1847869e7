//! Port for licence verification and usage counting.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Entitlements, Feature};
use crate::Result;
use crate::system::Timestamp;

/// Authorizes and counts the use of licensed features.
#[async_trait]
pub trait LicenseProvider: Debug + Send + Sync {
    /// Returns the contents of the licence, or `None` if use is unrestricted.
    ///
    /// # Errors
    /// `license.denied` when the licence cannot be verified; `storage.backend`.
    async fn entitlements(&self) -> Result<Option<Entitlements>>;

    /// Consumes `amount` uses of a feature if [`Entitlements::check`] permits them at `now`.
    ///
    /// - Denied uses are not counted.
    /// - Concurrent calls never exceed the allowance together.
    ///
    /// # Errors
    /// `license.denied`; `storage.backend`.
    async fn consume(&self, feature: Feature, amount: u64, now: Timestamp) -> Result<()>;

    /// Returns the number of uses of a feature so far.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn used(&self, feature: Feature) -> Result<u64>;
}
