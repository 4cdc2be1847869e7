//! Blobs in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter};
use oz_core::system::CompanyId;

use crate::locked;

type Blobs = Arc<Mutex<BTreeMap<BlobKey, Arc<[u8]>>>>;

/// Blob store in process memory. `Debug` shows the number of blobs, never their content.
#[derive(Default)]
pub struct MemoryBlobStore {
    blobs: Blobs,
}

impl MemoryBlobStore {
    fn blob(&self, key: BlobKey) -> Result<Arc<[u8]>> {
        locked(&self.blobs).get(&key).cloned().ok_or_else(|| key.not_found())
    }
}

#[async_trait]
impl BlobStore for MemoryBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        if locked(&self.blobs).contains_key(&key) {
            return Err(key.conflict());
        }
        Ok(Box::new(Writer { key, content: Vec::new(), blobs: Arc::clone(&self.blobs) }))
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        Ok(self.blob(key)?.to_vec())
    }

    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>> {
        let blob = self.blob(key)?;
        let clamp = |at: u64| usize::try_from(at).map_or(blob.len(), |at| at.min(blob.len()));
        Ok(blob[clamp(offset)..clamp(offset.saturating_add(length))].to_vec())
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        Ok(self.blob(key)?.len() as u64)
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        locked(&self.blobs).remove(&key);
        Ok(())
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        let blobs = locked(&self.blobs);
        let theirs = blobs.keys().filter(|key| key.owner == owner && after.is_none_or(|after| **key > after));
        Ok(theirs.take(limit).copied().collect())
    }
}

impl fmt::Debug for MemoryBlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryBlobStore({} blobs)", locked(&self.blobs).len())
    }
}

struct Writer {
    key: BlobKey,
    content: Vec<u8>,
    blobs: Blobs,
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, part: &[u8]) -> Result<()> {
        self.content.extend_from_slice(part);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        let mut blobs = locked(&self.blobs);
        if blobs.contains_key(&self.key) {
            return Err(self.key.conflict());
        }
        blobs.insert(self.key, self.content.into());
        Ok(())
    }
}
