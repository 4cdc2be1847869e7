//! Erasure list in memory.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::ErasureList;
use oz_core::system::Timestamp;

use super::MemoryStore;

#[derive(Debug, Default)]
pub(super) struct Erasures(BTreeMap<BlobKey, Staged>);

#[derive(Debug)]
struct Staged {
    due: Timestamp,
    /// Whether the blob was returned as due, so that a caller may be deleting it.
    given: bool,
}

impl Erasures {
    /// Adds keys to the list. A key that is already listed keeps the earlier time.
    pub(super) fn stage(&mut self, keys: impl IntoIterator<Item = BlobKey>, due: Timestamp) {
        for key in keys {
            let staged = self.0.entry(key).or_insert(Staged { due, given: false });
            staged.due = due.min(staged.due);
        }
    }

    /// Checks that records may refer to these blobs: each is on the list, was not returned as due, and occurs
    /// once.
    pub(super) fn check(&self, keys: impl IntoIterator<Item = BlobKey>) -> Result<()> {
        let mut seen = BTreeSet::new();
        let is_free = |key: &BlobKey| self.0.get(key).is_some_and(|staged| !staged.given);
        let refused = keys.into_iter().find(|key| !is_free(key) || !seen.insert(*key));
        refused.map_or(Ok(()), |key| Err(key.conflict()))
    }

    /// Removes keys from the list.
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
        let staged = &mut self.state().erasures.0;
        let mut due: Vec<(Timestamp, BlobKey)> = staged
            .iter()
            .filter(|(_, staged)| staged.due <= now)
            .map(|(key, staged)| (staged.due, *key))
            .collect();
        due.sort();
        due.truncate(limit);
        let keys: Vec<BlobKey> = due.into_iter().map(|(_, key)| key).collect();
        for key in &keys {
            staged.entry(*key).and_modify(|staged| staged.given = true);
        }
        Ok(keys)
    }

    async fn erased(&self, keys: &[BlobKey]) -> Result<()> {
        self.state().erasures.take(keys.iter().copied());
        Ok(())
    }

    async fn scrub(&self) -> Result<()> {
        Ok(())
    }

    async fn staged(&self) -> Result<u64> {
        Ok(self.state().erasures.0.len() as u64)
    }

    async fn keys(&self) -> Result<Vec<BlobKey>> {
        let mut keys: Vec<BlobKey> = self.state().erasures.0.keys().copied().collect();
        keys.sort();
        Ok(keys)
    }
}
