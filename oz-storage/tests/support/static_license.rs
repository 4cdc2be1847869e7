//! Licence with fixed entitlements, which counts uses from zero.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::license::port::LicenseProvider;
use oz_core::license::{Entitlements, Feature};
use oz_core::system::Timestamp;

/// Licence that grants its entitlements.
#[derive(Debug)]
pub(crate) struct StaticLicense {
    entitlements: Entitlements,
    used: Mutex<BTreeMap<Feature, u64>>,
}

impl StaticLicense {
    pub(crate) fn new(entitlements: Entitlements) -> Self {
        Self { entitlements, used: Mutex::default() }
    }
}

#[async_trait]
impl LicenseProvider for StaticLicense {
    async fn entitlements(&self) -> Result<Option<Entitlements>> {
        Ok(Some(self.entitlements.clone()))
    }

    async fn consume(&self, feature: Feature, amount: u64, now: Timestamp) -> Result<()> {
        let mut used = self.used.lock().unwrap();
        let counter = used.entry(feature).or_default();
        self.entitlements.check(feature, *counter, amount, now)?;
        *counter += amount;
        Ok(())
    }

    async fn used(&self, feature: Feature) -> Result<u64> {
        Ok(self.used.lock().unwrap().get(&feature).copied().unwrap_or(0))
    }
}
