//! Blob store over an object store.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use oz_core::storage::BlobKey;
use oz_core::storage::port::{BlobStore, BlobWriter};
use oz_core::system::{CompanyId, Timestamp};
use oz_core::{Error, Result};

use super::connect::connect;
use super::paths::{Paths, key_of};
use super::upload::Upload;

/// Blob store in an object store.
///
/// Conditional requests, which S3 and most compatible stores support, keep a blob from being overwritten. A
/// blob of up to 8 MiB is one request; a larger one is uploaded in parts under a temporary name and copied
/// within the store. Futures need a tokio runtime.
pub struct ObjectBlobStore {
    store: Arc<dyn ObjectStore>,
    paths: Paths,
}

impl ObjectBlobStore {
    /// Configures the store at an address: `s3://BUCKET/PREFIX`, `gs://…`, `az://…`, or `memory:///`.
    ///
    /// Options are those of the crate `object_store`, for example `aws_region`, `aws_access_key_id`,
    /// `aws_secret_access_key`, `aws_endpoint`, `allow_http`. Reads nothing from the environment and sends no
    /// request.
    ///
    /// # Errors
    /// `input.invalid_value` when the address is malformed, the kind of store was not compiled in, or an
    /// option is unknown; `storage.backend` when an option is missing or has an invalid value.
    pub fn connect(address: &str, options: &[(String, String)]) -> Result<Self> {
        let (store, prefix) = connect(address, options)?;
        Ok(Self::new(store, prefix))
    }

    /// Uses an existing store under a prefix. An S3 store must be configured for conditional copies
    /// (`aws_copy_if_not_exists = multipart`).
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self { store, paths: Paths::new(prefix) }
    }

    /// Removes temporary objects last modified before `before` and returns their number. `before` must be
    /// further in the past than the longest upload takes. Does not remove the parts of uploads that were
    /// never completed: configure a lifecycle rule of the bucket for these.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn sweep(&self, before: Timestamp) -> Result<usize> {
        let fail = |error| backend("sweeping unfinished blobs".into(), error);
        let mut objects = self.store.list(Some(&self.paths.unfinished()));

        let mut swept = 0;
        while let Some(object) = objects.try_next().await.map_err(fail)? {
            if object.last_modified.timestamp_micros() < before.as_micros() {
                self.store.delete(&object.location).await.map_err(fail)?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

/// Maps an error of the store to the error of a failed operation on a blob.
pub(super) fn failed(operation: &'static str, key: BlobKey) -> impl FnOnce(object_store::Error) -> Error {
    move |error| match error {
        object_store::Error::NotFound { .. } => key.not_found(),
        object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => {
            key.conflict()
        }
        error => backend(format!("{operation} {key:?}"), error),
    }
}

fn backend(operation: String, error: object_store::Error) -> Error {
    // `Generic` covers failed requests and server errors, which `object_store` has already retried a few
    // times.
    let is_retryable =
        matches!(error, object_store::Error::Generic { .. } | object_store::Error::JoinError { .. });
    Error::backend(operation, is_retryable, error)
}

#[async_trait]
impl BlobStore for ObjectBlobStore {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        match self.store.head(&self.paths.blob(key)).await {
            Ok(_) => Err(key.conflict()),
            Err(object_store::Error::NotFound { .. }) => {
                Ok(Box::new(Upload::new(key, Arc::clone(&self.store), self.paths.clone())))
            }
            Err(error) => Err(failed("starting", key)(error)),
        }
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        let object = self.store.get(&self.paths.blob(key)).await.map_err(failed("reading", key))?;
        Ok(object.bytes().await.map_err(failed("reading", key))?.into())
    }

    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>> {
        if length == 0 {
            return self.size(key).await.map(|_| Vec::new());
        }
        let range = offset.checked_add(length).map_or(GetRange::Offset(offset), |end| (offset..end).into());
        let options = GetOptions::new().with_range(Some(range));

        let read = match self.store.get_opts(&self.paths.blob(key), options).await {
            Ok(object) => object.bytes().await,
            Err(error) => Err(error),
        };

        match read {
            Ok(content) => Ok(content.into()),
            Err(error @ object_store::Error::NotFound { .. }) => Err(failed("reading", key)(error)),
            // Stores refuse a range beyond the end with different errors.
            Err(_) if offset >= self.size(key).await? => Ok(Vec::new()),
            Err(error) => Err(failed("reading", key)(error)),
        }
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        Ok(self.store.head(&self.paths.blob(key)).await.map_err(failed("reading the size of", key))?.size)
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        match self.store.delete(&self.paths.blob(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("deleting", key)(error)),
        }
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        let folder = self.paths.owner(owner);
        let mut objects = match after {
            Some(after) => self.store.list_with_offset(Some(&folder), &self.paths.blob(after)),
            None => self.store.list(Some(&folder)),
        };

        let mut found: Vec<BlobKey> = Vec::new();
        while found.len() < limit {
            let next = objects.try_next().await.map_err(|error| backend("listing blobs".into(), error))?;
            let Some(object) = next else { break };
            let Some(key) = key_of(owner, &object.location) else { continue };
            if found.last().is_some_and(|last| *last >= key) {
                let reason = "the store does not list objects in ascending order";
                return Err(Error::backend("listing blobs", false, reason));
            }
            found.push(key);
        }
        Ok(found)
    }
}

impl fmt::Debug for ObjectBlobStore {
    /// Shows only the name of the store, because its settings hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectBlobStore({})", self.store)
    }
}
