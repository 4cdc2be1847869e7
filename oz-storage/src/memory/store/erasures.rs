//! The erasure list as a map.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::ErasureList;
use oz_core::system::Timestamp;

use super::MemoryStore;

/// When each key is due.
#[derive(Debug, Default)]
pub(super) struct Erasures(BTreeMap<BlobKey, Timestamp>);

impl Erasures {
    /// Puts keys on the list; the earlier time counts.
    pub(super) fn stage(&mut self, keys: impl IntoIterator<Item = BlobKey>, due: Timestamp) {
        for key in keys {
            let known = self.0.entry(key).or_insert(due);
            *known = due.min(*known);
        }
    }

    /// Whether records may name these blobs: each is on the list, and named once.
    pub(super) fn check(&self, keys: impl IntoIterator<Item = BlobKey>) -> Result<()> {
        let mut seen = BTreeSet::new();
        let refused = keys.into_iter().find(|key| !self.0.contains_key(key) || !seen.insert(*key));
        refused.map_or(Ok(()), |key| Err(key.conflict()))
    }

    /// Takes keys off the list.
    pub(super) fn take(&mut self, keys: impl IntoIterator<Item = BlobKey>) {
        for key in keys {
            self.0.remove(&key);
        }
    }
}

#[async_trait]
impl ErasureList for MemoryStore {
    async fn stage(&self, keys: &[BlobKey], due: Timestamp) -> Result<()> {
        self.state().erasures.stage(keys.iter().copied(), due);
        Ok(())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<BlobKey>> {
        let state = self.state();
        let mut due: Vec<(Timestamp, BlobKey)> =
            state.erasures.0.iter().filter(|(_, due)| **due <= now).map(|(key, due)| (*due, *key)).collect();
        due.sort();
        Ok(due.into_iter().take(limit).map(|(_, key)| key).collect())
    }

    async fn erased(&self, keys: &[BlobKey]) -> Result<()> {
        self.state().erasures.take(keys.iter().copied());
        Ok(())
    }

    async fn staged(&self) -> Result<u64> {
        Ok(self.state().erasures.0.len() as u64)
    }
}
