//! The seam to whoever keeps the licence and counts its use.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Entitlements, Feature};
use crate::Result;
use crate::system::Timestamp;

/// Allows and counts the use of features.
#[async_trait]
pub trait LicenseProvider: Debug + Send + Sync {
    /// What the licence says; absent when nothing is restricted.
    ///
    /// # Errors
    /// `license.denied` when the licence cannot be verified; `storage.backend`.
    async fn entitlements(&self) -> Result<Option<Entitlements>>;

    /// Counts `amount` uses of a feature if [`Entitlements::check`] allows them at `now`.
    ///
    /// - A denied use is not counted.
    /// - Uses side by side never exceed the allowance together.
    ///
    /// # Errors
    /// `license.denied`; `storage.backend`.
    async fn consume(&self, feature: Feature, amount: u64, now: Timestamp) -> Result<()>;

    /// How often a feature was used.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn used(&self, feature: Feature) -> Result<u64>;
}
