//! Media that go to the blob store, and nothing of them if the request fails.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter, ErasureList};
use oz_core::system::port::IdGenerator;
use oz_core::system::{CompanyId, Timestamp};
use oz_core::{Error, Result};

use super::intake::Sink;

/// Writes media under fresh names that are on the erasure list.
pub(crate) struct BlobSink {
    owner: CompanyId,
    due: Timestamp,
    ids: Arc<dyn IdGenerator>,
    staged: StagedBlobs,
}

impl BlobSink {
    /// Blobs of `owner`, to be erased at `due` if nobody takes them off the list by then.
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

/// Blobs that no record names yet. Dropped with blobs in it (the client went away), it erases them in the background.
#[derive(Clone)]
pub(crate) struct StagedBlobs(Arc<Staged>);

struct Staged {
    keys: Mutex<Vec<BlobKey>>,
    blobs: Arc<dyn BlobStore>,
    erasures: Arc<dyn ErasureList>,
}

impl StagedBlobs {
    /// Draws the consequence of an attempt to store the records that name the blobs.
    ///
    /// When it is not known whether they were stored, the list decides: if they were, the blobs are off it.
    pub(crate) async fn settle<T>(&self, outcome: Result<T>) -> Result<T> {
        match &outcome {
            Err(Error::NotFound { .. } | Error::Conflict { .. } | Error::InvalidValue { .. }) => {
                self.erase().await;
            }
            _ => self.lock().clear(),
        }
        outcome
    }

    /// Erases every blob. One that cannot be erased now stays on the list.
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
        // Failing this, whoever sweeps deletes them once more.
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
