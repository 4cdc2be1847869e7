//! Licences without a file: unlimited, and stated by the program.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::license::port::LicenseProvider;
use oz_core::license::{Entitlements, Feature};
use oz_core::system::Timestamp;

use crate::locked;

type Usage = Mutex<BTreeMap<Feature, u64>>;

/// Licence without limits. Counts uses from zero at every start.
#[derive(Debug, Default)]
pub struct UnlimitedLicense {
    used: Usage,
}

#[async_trait]
impl LicenseProvider for UnlimitedLicense {
    async fn entitlements(&self) -> Result<Option<Entitlements>> {
        Ok(None)
    }

    async fn consume(&self, feature: Feature, amount: u64, _now: Timestamp) -> Result<()> {
        count(&mut locked(&self.used), feature, amount);
        Ok(())
    }

    async fn used(&self, feature: Feature) -> Result<u64> {
        Ok(used(&locked(&self.used), feature))
    }
}

/// Licence with fixed entitlements. Counts uses from zero at every start.
#[derive(Debug)]
pub struct StaticLicense {
    entitlements: Entitlements,
    used: Usage,
}

impl StaticLicense {
    /// Creates a licence that grants `entitlements`.
    #[must_use]
    pub fn new(entitlements: Entitlements) -> Self {
        Self { entitlements, used: Usage::default() }
    }
}

#[async_trait]
impl LicenseProvider for StaticLicense {
    async fn entitlements(&self) -> Result<Option<Entitlements>> {
        Ok(Some(self.entitlements.clone()))
    }

    async fn consume(&self, feature: Feature, amount: u64, now: Timestamp) -> Result<()> {
        let mut usage = locked(&self.used);
        self.entitlements.check(feature, used(&usage, feature), amount, now)?;
        count(&mut usage, feature, amount);
        Ok(())
    }

    async fn used(&self, feature: Feature) -> Result<u64> {
        Ok(used(&locked(&self.used), feature))
    }
}

fn used(usage: &BTreeMap<Feature, u64>, feature: Feature) -> u64 {
    usage.get(&feature).copied().unwrap_or(0)
}

fn count(usage: &mut BTreeMap<Feature, u64>, feature: Feature, amount: u64) {
    let counter = usage.entry(feature).or_default();
    *counter = counter.saturating_add(amount);
}
