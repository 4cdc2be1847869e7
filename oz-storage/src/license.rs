//! Licence without limits.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::license::port::LicenseProvider;
use oz_core::license::{Entitlements, Feature};
use oz_core::system::Timestamp;

use crate::locked;

/// Licence without limits. Counts uses from zero at every start.
#[derive(Debug, Default)]
pub struct UnlimitedLicense {
    used: Mutex<BTreeMap<Feature, u64>>,
}

#[async_trait]
impl LicenseProvider for UnlimitedLicense {
    async fn entitlements(&self) -> Result<Option<Entitlements>> {
        Ok(None)
    }

    async fn consume(&self, feature: Feature, amount: u64, _now: Timestamp) -> Result<()> {
        let mut used = locked(&self.used);
        let counter = used.entry(feature).or_default();
        *counter = counter.saturating_add(amount);
        Ok(())
    }

    async fn used(&self, feature: Feature) -> Result<u64> {
        Ok(locked(&self.used).get(&feature).copied().unwrap_or(0))
    }
}
