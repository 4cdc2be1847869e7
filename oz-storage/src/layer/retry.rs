//! Retries for an unreliable blob store.

use std::sync::Arc;

use async_trait::async_trait;
use oz_core::storage::port::{BlobStore, BlobWriter};
use oz_core::storage::{Backoff, BlobKey};
use oz_core::system::CompanyId;
use oz_core::system::port::Sleeper;
use oz_core::{Error, Result};

/// Retries operations that fail with a [retryable](Error::is_retryable) error, with exponential backoff.
///
/// [`BlobStore::put`] is retried. A blob written part by part is not, because only the caller has its
/// content.
#[derive(Debug)]
pub struct RetryingBlobStore {
    inner: Arc<dyn BlobStore>,
    sleeper: Arc<dyn Sleeper>,
    backoff: Backoff,
    attempts: u32,
}

impl RetryingBlobStore {
    /// Makes up to `attempts` attempts per operation, and at least one.
    #[must_use]
    pub fn new(
        inner: Arc<dyn BlobStore>,
        sleeper: Arc<dyn Sleeper>,
        backoff: Backoff,
        attempts: u32,
    ) -> Self {
        Self { inner, sleeper, backoff, attempts }
    }

    /// Calls `attempt` with the number of the attempt, from 1, until it succeeds, fails with an error that is
    /// not retryable, or the attempts are used up.
    async fn retry<T, F: Future<Output = Result<T>>>(&self, mut attempt: impl FnMut(u32) -> F) -> Result<T> {
        let mut number = 1;
        loop {
            match attempt(number).await {
                Err(error) if error.is_retryable() && number < self.attempts => {
                    self.sleeper.sleep(self.backoff.delay(number)).await;
                    number += 1;
                }
                done => return done,
            }
        }
    }

    async fn put_once(&self, key: BlobKey, content: &[u8], is_repeated: bool) -> Result<()> {
        match self.inner.put(key, content).await {
            Err(Error::Conflict { .. }) if is_repeated && self.is_ours(key, content).await? => Ok(()),
            done => done,
        }
    }

    /// Whether the blob that conflicts with a later attempt was written by an earlier attempt whose answer
    /// was lost. IDs are never reused, so an equal content is proof.
    async fn is_ours(&self, key: BlobKey, content: &[u8]) -> Result<bool> {
        Ok(self.inner.size(key).await? == content.len() as u64 && self.inner.read(key).await? == content)
    }
}

#[async_trait]
impl BlobStore for RetryingBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        self.retry(|_| self.inner.create(key)).await
    }

    async fn put(&self, key: BlobKey, content: &[u8]) -> Result<()> {
        self.retry(|number| self.put_once(key, content, number > 1)).await
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.retry(|_| self.inner.read(key)).await
    }

    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>> {
        self.retry(|_| self.inner.read_range(key, offset, length)).await
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        self.retry(|_| self.inner.size(key)).await
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        self.retry(|_| self.inner.delete(key)).await
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        self.retry(|_| self.inner.list(owner, after, limit)).await
    }
}
