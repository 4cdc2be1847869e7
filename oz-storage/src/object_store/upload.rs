//! Upload of a blob as an object.

use std::sync::Arc;

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{CopyMode, CopyOptions, MultipartUpload, ObjectStore, ObjectStoreExt as _, PutMode};
use oz_core::storage::BlobKey;
use oz_core::storage::port::BlobWriter;
use oz_core::{Error, Result};

use super::blob_store::failed;
use super::paths::Paths;

/// Size of a part in bytes. S3 requires at least 5 MiB and at most 10,000 parts, so a blob may have 80 GB.
const PART: usize = 8 << 20;

pub(super) struct Upload {
    key: BlobKey,
    store: Arc<dyn ObjectStore>,
    paths: Paths,
    /// Content that does not fill a part yet.
    buffer: Vec<u8>,
    /// Upload in parts, started by the first full part.
    parts: Option<Parts>,
    /// Whether every part so far was uploaded. After a part that failed or was not awaited, the content is
    /// undefined.
    intact: bool,
}

/// Upload in parts under a temporary name. Dropping it aborts the upload on a best-effort basis.
struct Parts {
    path: Path,
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    pub(super) fn new(key: BlobKey, store: Arc<dyn ObjectStore>, paths: Paths) -> Self {
        Self { key, store, paths, buffer: Vec::new(), parts: None, intact: true }
    }

    fn ensure_intact(&self) -> Result<()> {
        if self.intact {
            return Ok(());
        }
        Err(Error::backend(format!("writing {:?}", self.key), false, "an earlier part was not written"))
    }

    async fn send(&mut self, part: Vec<u8>) -> Result<()> {
        self.ensure_intact()?;
        self.intact = false;

        let key = self.key;
        if self.parts.is_none() {
            let path = self.paths.temporary();
            let upload = self.store.put_multipart(&path).await.map_err(failed("starting", key))?;
            self.parts = Some(Parts { path, upload: Some(upload) });
        }
        if let Some(upload) = self.parts.as_mut().and_then(|parts| parts.upload.as_mut()) {
            upload.put_part(part.into()).await.map_err(failed("writing", key))?;
        }

        self.intact = true;
        Ok(())
    }
}

impl Parts {
    /// Completes the upload and copies the temporary object to the final name, within the store.
    async fn publish(mut self, store: &dyn ObjectStore, key: BlobKey, name: &Path) -> Result<()> {
        if let Some(upload) = self.upload.as_mut() {
            upload.complete().await.map_err(failed("finishing", key))?;
        }
        self.upload = None;
        let copied = store.copy_opts(&self.path, name, CopyOptions::new().with_mode(CopyMode::Create)).await;
        // If this fails, the next sweep removes the object.
        let _ = store.delete(&self.path).await;
        copied.map_err(failed("finishing", key))
    }
}

#[async_trait]
impl BlobWriter for Upload {
    async fn write(&mut self, part: &[u8]) -> Result<()> {
        self.ensure_intact()?;
        let mut part = part;
        while self.buffer.len() + part.len() > PART {
            let (now, later) = part.split_at(PART - self.buffer.len());
            let mut full = std::mem::take(&mut self.buffer);
            full.extend_from_slice(now);
            self.send(full).await?;
            part = later;
        }
        self.buffer.extend_from_slice(part);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        self.ensure_intact()?;
        let rest = std::mem::take(&mut self.buffer);
        let name = self.paths.blob(self.key);
        if self.parts.is_none() {
            let put = self.store.put_opts(&name, rest.into(), PutMode::Create.into()).await;
            return put.map(|_| ()).map_err(failed("writing", self.key));
        }

        self.send(rest).await?;
        match self.parts.take() {
            Some(parts) => parts.publish(&*self.store, self.key, &name).await,
            None => Ok(()),
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // If the abort fails, a lifecycle rule of the bucket has to remove the upload.
            runtime.spawn(async move { upload.abort().await });
        }
    }
}
