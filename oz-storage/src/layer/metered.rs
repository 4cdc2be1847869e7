//! Blobs, with figures about what is done to them.

use std::sync::Arc;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter};
use oz_core::system::port::{Clock, Meter};
use oz_core::system::{CompanyId, Measurement};

/// The part of the system in every [`Measurement`].
const PART: &str = "blobs";

/// Measures every operation: how it went, how long it took, how many bytes went through.
///
/// Operations are `create`, `write`, `finish`, `read`, `size`, `delete` and `list`; the writing of one blob is measured step
/// by step, also by [`BlobStore::put`].
#[derive(Debug)]
pub struct MeteredBlobStore {
    inner: Arc<dyn BlobStore>,
    scale: Scale,
}

/// What measures and takes the figures.
#[derive(Debug, Clone)]
struct Scale {
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
}

impl MeteredBlobStore {
    /// Measures `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn BlobStore>, clock: Arc<dyn Clock>, meter: Arc<dyn Meter>) -> Self {
        Self { inner, scale: Scale { clock, meter } }
    }
}

impl Scale {
    async fn measure<T>(
        &self,
        operation: &'static str,
        bytes: impl FnOnce(&T) -> u64,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let start = self.clock.elapsed();
        let done = work.await;
        let duration = self.clock.elapsed().saturating_sub(start);
        let (outcome, bytes) = match &done {
            Ok(value) => ("ok", bytes(value)),
            Err(error) => (error.code(), 0),
        };
        self.meter.record(&Measurement { part: PART, operation, outcome, duration, bytes });
        done
    }
}

fn none<T>(_: &T) -> u64 {
    0
}

fn length<T: AsRef<[u8]>>(content: &T) -> u64 {
    content.as_ref().len() as u64
}

#[async_trait]
impl BlobStore for MeteredBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        let inner = self.scale.measure("create", none, self.inner.create(key)).await?;
        Ok(Box::new(Writer { inner, scale: self.scale.clone() }))
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.scale.measure("read", length, self.inner.read(key)).await
    }

    async fn read_range(&self, key: BlobKey, offset: u64, count: u64) -> Result<Vec<u8>> {
        self.scale.measure("read", length, self.inner.read_range(key, offset, count)).await
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        self.scale.measure("size", none, self.inner.size(key)).await
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        self.scale.measure("delete", none, self.inner.delete(key)).await
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        self.scale.measure("list", none, self.inner.list(owner, after, limit)).await
    }
}

struct Writer {
    inner: Box<dyn BlobWriter>,
    scale: Scale,
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, part: &[u8]) -> Result<()> {
        let bytes = part.len() as u64;
        self.scale.measure("write", |()| bytes, self.inner.write(part)).await
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        let Self { inner, scale } = *self;
        scale.measure("finish", none, inner.finish()).await
    }
}
