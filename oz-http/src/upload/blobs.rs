//! Sink that writes media to the blob store, and erases them when the request fails.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter, ErasureList};
use oz_core::system::port::IdGenerator;
use oz_core::system::{CompanyId, Timestamp};
use oz_core::{Error, Result};

use super::intake::Sink;

/// Writes media under new keys that are on the erasure list.
pub(crate) struct BlobSink {
    owner: CompanyId,
    due: Timestamp,
    ids: Arc<dyn IdGenerator>,
    staged: StagedBlobs,
}

impl BlobSink {
    /// Writes blobs of `owner`, to be erased at `due` unless a stored record takes them off the list.
    pub(crate) fn new(
        owner: CompanyId,
        due: Timestamp,
        ids: Arc<dyn IdGenerator>,
        blobs: Arc<dyn BlobStore>,
        erasures: Arc<dyn ErasureList>,
    ) -> (Self, StagedBlobs) {
        let staged = StagedBlobs(Arc::new(Staged { keys: Mutex::default(), blobs, erasures }));
        (Self { owner, due, ids, staged: staged.clone() }, staged)
    }
}

#[async_trait]
impl Sink for BlobSink {
    type Open = (BlobKey, Box<dyn BlobWriter>);
    type Kept = BlobKey;

    async fn open(&mut self) -> Result<Self::Open> {
        let key = BlobKey { owner: self.owner, id: self.ids.next_id() };
        self.staged.0.erasures.stage(&[key], self.due).await?;
        self.staged.lock().push(key);
        Ok((key, self.staged.0.blobs.create(key).await?))
    }

    async fn write(&mut self, open: &mut Self::Open, bytes: &[u8]) -> Result<()> {
        open.1.write(bytes).await
    }

    async fn close(&mut self, (key, writer): Self::Open) -> Result<BlobKey> {
        writer.finish().await?;
        Ok(key)
    }
}

/// Blobs that no record references yet. Dropping the last clone, e.g. because the client disconnected, erases
/// them in the background.
#[derive(Clone)]
pub(crate) struct StagedBlobs(Arc<Staged>);

struct Staged {
    keys: Mutex<Vec<BlobKey>>,
    blobs: Arc<dyn BlobStore>,
    erasures: Arc<dyn ErasureList>,
}

impl StagedBlobs {
    /// Handles the outcome of storing the records that reference the blobs: erases the blobs if the records
    /// were refused.
    ///
    /// On any other error the records may or may not be stored. The blobs are then left to the erasure list,
    /// from which storing the records removes them.
    pub(crate) async fn settle<T>(&self, outcome: Result<T>) -> Result<T> {
        match &outcome {
            Err(Error::NotFound { .. } | Error::Conflict { .. } | Error::InvalidValue { .. }) => {
                self.erase().await;
            }
            _ => self.lock().clear(),
        }
        outcome
    }

    /// Erases all blobs. A blob that cannot be erased stays on the erasure list.
    pub(crate) async fn erase(&self) {
        let keys = std::mem::take(&mut *self.lock());
        erase(keys, self.0.blobs.clone(), self.0.erasures.clone()).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<BlobKey>> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn erase(keys: Vec<BlobKey>, blobs: Arc<dyn BlobStore>, erasures: Arc<dyn ErasureList>) {
    let mut gone = Vec::with_capacity(keys.len());
    for key in keys {
        if blobs.delete(key).await.is_ok() {
            gone.push(key);
        }
    }
    if !gone.is_empty() {
        // If this fails, the sweep deletes them once more; deletion is idempotent.
        let _ = erasures.erased(&gone).await;
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let keys = std::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner));
        if keys.is_empty() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(erase(keys, self.blobs.clone(), self.erasures.clone()));
        }
    }
}
