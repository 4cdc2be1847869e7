//! Metrics of blob operations.

use std::sync::Arc;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter};
use oz_core::system::port::{Clock, Meter};
use oz_core::system::{CompanyId, Measurement};

/// Value of `part` in every [`Measurement`].
const PART: &str = "blobs";

/// Measures the outcome, duration and transferred bytes of every operation.
///
/// Operations are `create`, `write`, `finish`, `read`, `size`, `delete` and `list`. Writing a blob is
/// measured step by step, by [`BlobStore::put`] too.
#[derive(Debug)]
pub struct MeteredBlobStore {
    inner: Arc<dyn BlobStore>,
    recorder: Recorder,
}

/// Clock and meter of the measurements.
#[derive(Debug, Clone)]
struct Recorder {
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
}

impl MeteredBlobStore {
    /// Measures the operations of `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn BlobStore>, clock: Arc<dyn Clock>, meter: Arc<dyn Meter>) -> Self {
        Self { inner, recorder: Recorder { clock, meter } }
    }
}

impl Recorder {
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

fn no_bytes<T>(_: &T) -> u64 {
    0
}

fn length<T: AsRef<[u8]>>(content: &T) -> u64 {
    content.as_ref().len() as u64
}

#[async_trait]
impl BlobStore for MeteredBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        let inner = self.recorder.measure("create", no_bytes, self.inner.create(key)).await?;
        Ok(Box::new(Writer { inner, recorder: self.recorder.clone() }))
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.recorder.measure("read", length, self.inner.read(key)).await
    }

    async fn read_range(&self, key: BlobKey, offset: u64, count: u64) -> Result<Vec<u8>> {
        self.recorder.measure("read", length, self.inner.read_range(key, offset, count)).await
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        self.recorder.measure("size", no_bytes, self.inner.size(key)).await
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        self.recorder.measure("delete", no_bytes, self.inner.delete(key)).await
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        self.recorder.measure("list", no_bytes, self.inner.list(owner, after, limit)).await
    }
}

struct Writer {
    inner: Box<dyn BlobWriter>,
    recorder: Recorder,
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, part: &[u8]) -> Result<()> {
        let bytes = part.len() as u64;
        self.recorder.measure("write", |()| bytes, self.inner.write(part)).await
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        let Self { inner, recorder } = *self;
        recorder.measure("finish", no_bytes, inner.finish()).await
    }
}
