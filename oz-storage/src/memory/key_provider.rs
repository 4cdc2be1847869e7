//! Data keys in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use oz_core::storage::port::KeyProvider;
use oz_core::storage::{DataKey, KeyVersion};
use oz_core::system::CompanyId;
use oz_core::{Error, Result};

use crate::locked;
use crate::system::random;

/// Random data keys in process memory. Data encrypted with them cannot be decrypted after the process ends.
#[derive(Debug, Default)]
pub struct MemoryKeyProvider {
    rings: Mutex<BTreeMap<CompanyId, Ring>>,
}

/// Keys of one owner. Survives the destruction of its keys, so that no version is assigned twice.
#[derive(Debug, Default)]
struct Ring {
    keys: BTreeMap<KeyVersion, DataKey>,
    last: u32,
}

impl Ring {
    fn add(&mut self) -> DataKey {
        self.last += 1;
        let key = DataKey::new(KeyVersion(self.last), random());
        self.keys.insert(key.version(), key.clone());
        key
    }
}

#[async_trait]
impl KeyProvider for MemoryKeyProvider {
    async fn current(&self, owner: CompanyId) -> Result<DataKey> {
        let mut rings = locked(&self.rings);
        let ring = rings.entry(owner).or_default();
        let newest = ring.keys.values().next_back().cloned();
        Ok(newest.unwrap_or_else(|| ring.add()))
    }

    async fn key(&self, owner: CompanyId, version: KeyVersion) -> Result<DataKey> {
        let rings = locked(&self.rings);
        let key = rings.get(&owner).and_then(|ring| ring.keys.get(&version)).cloned();
        key.ok_or_else(|| Error::NotFound { what: format!("key {version} of {owner:?}") })
    }

    async fn rotate(&self, owner: CompanyId) -> Result<DataKey> {
        Ok(locked(&self.rings).entry(owner).or_default().add())
    }

    async fn destroy(&self, owner: CompanyId) -> Result<()> {
        if let Some(ring) = locked(&self.rings).get_mut(&owner) {
            ring.keys.clear();
        }
        Ok(())
    }
}
