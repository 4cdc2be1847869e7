//! Blob store over a folder of files.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter};
use oz_core::system::CompanyId;
use oz_core::{Error, Result};

use super::layout::Layout;
use super::unfinished::{self, Unfinished};
use crate::fs::durable::{blocking, failed};

/// Blob store in a folder of the local disk.
///
/// A blob is written under a temporary name, synced, and hard-linked to its final name, which is atomic and
/// never replaces an existing file; the folder is synced before the blob is acknowledged. The file system
/// must support hard links. Several processes may share the folder. Futures need a tokio runtime.
#[derive(Debug)]
pub struct DirectoryBlobStore {
    layout: Arc<Layout>,
}

impl DirectoryBlobStore {
    /// Opens a folder and creates it if it does not exist. Blocks on the disk.
    ///
    /// # Errors
    /// `storage.backend` when the folder cannot be created.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let layout = Layout::create(folder.into()).map_err(failed("creating the blob folder"))?;
        Ok(Self { layout: Arc::new(layout) })
    }

    /// Removes the files left by killed writers of any process and returns their number. Call it
    /// periodically; files of live writers are kept.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn sweep(&self) -> Result<usize> {
        self.blocking(|layout| {
            unfinished::sweep(&layout.unfinished()).map_err(failed("sweeping unfinished blobs"))
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Layout) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let layout = Arc::clone(&self.layout);
        blocking(move || work(&layout)).await
    }
}

#[async_trait]
impl BlobStore for DirectoryBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        let layout = Arc::clone(&self.layout);
        let writer = blocking(move || {
            if layout.blob(key).exists() {
                return Err(key.conflict());
            }
            let unfinished = Unfinished::create(&layout.unfinished()).map_err(failed("starting a blob"))?;
            Ok(Writer { key, layout, unfinished, intact: true })
        });
        Ok(Box::new(writer.await?))
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.read_range(key, 0, u64::MAX).await
    }

    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>> {
        self.blocking(move |layout| {
            let (mut file, size) = open(layout, key)?;
            let start = offset.min(size);
            let length = length.min(size - start);

            let mut content = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
            let read =
                file.seek(SeekFrom::Start(start)).and_then(|_| file.take(length).read_to_end(&mut content));
            read.map_err(failed(format!("reading {key:?}")))?;
            Ok(content)
        })
        .await
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        self.blocking(move |layout| Ok(open(layout, key)?.1)).await
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        self.blocking(move |layout| {
            layout.remove(key).map(|_existed| ()).map_err(failed(format!("deleting {key:?}")))
        })
        .await
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        self.blocking(move |layout| layout.list(owner, after, limit).map_err(failed("listing blobs"))).await
    }
}

/// Opens the file of a blob and returns it with its size in bytes.
fn open(layout: &Layout, key: BlobKey) -> Result<(File, u64)> {
    let opened = File::open(layout.blob(key)).and_then(|file| Ok((file.metadata()?.len(), file)));
    match opened {
        Ok((size, file)) => Ok((file, size)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(key.not_found()),
        Err(error) => Err(failed(format!("opening {key:?}"))(error)),
    }
}

struct Writer {
    key: BlobKey,
    layout: Arc<Layout>,
    unfinished: Unfinished,
    /// Whether every part so far was written completely. After a part that failed or was not awaited, the
    /// content of the file is undefined.
    intact: bool,
}

impl Writer {
    fn ensure_intact(&self) -> Result<()> {
        if self.intact {
            return Ok(());
        }
        Err(Error::backend(format!("writing {:?}", self.key), false, "an earlier part was not written"))
    }
}

#[async_trait]
impl BlobWriter for Writer {
    async fn write(&mut self, part: &[u8]) -> Result<()> {
        self.ensure_intact()?;
        self.intact = false;
        let (file, part, key) = (self.unfinished.file(), part.to_vec(), self.key);
        blocking(move || (&*file).write_all(&part).map_err(failed(format!("writing {key:?}")))).await?;
        self.intact = true;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        self.ensure_intact()?;
        blocking(move || self.publish()).await
    }
}

impl Writer {
    fn publish(self) -> Result<()> {
        let key = self.key;
        self.unfinished.file().sync_all().map_err(failed(format!("syncing {key:?}")))?;
        match self.layout.publish(self.unfinished.path(), key) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(key.conflict()),
            published => published.map_err(failed(format!("finishing {key:?}"))),
        }
    }
}
