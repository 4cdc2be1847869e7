//! Blobs as objects.

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

/// Blobs in an object store.
///
/// Names are exclusive by conditional requests, which S3 and most stores like it know. Up to 8 MiB are one request; more is
/// uploaded in parts to a temporary name and copied within the store. Futures need a tokio runtime.
pub struct ObjectBlobStore {
    store: Arc<dyn ObjectStore>,
    paths: Paths,
}

impl ObjectBlobStore {
    /// Uses the store at an address: `s3://BUCKET/PREFIX`, `gs://…`, `az://…`, or `memory:///`.
    ///
    /// Options are those of the crate `object_store`, e.g. `aws_region`, `aws_access_key_id`, `aws_secret_access_key`,
    /// `aws_endpoint`, `allow_http`. Nothing is read from the environment, and nothing is sent yet.
    ///
    /// # Errors
    /// `input.invalid_value` when the address is none, its kind was not compiled in, or there is no option of a name;
    /// `storage.backend` when an option is missing or its value is none.
    pub fn connect(address: &str, options: &[(String, String)]) -> Result<Self> {
        let (store, prefix) = connect(address, options)?;
        Ok(Self::new(store, prefix))
    }

    /// Uses a store that was made elsewhere, under a prefix. On S3 it must copy conditionally
    /// (`aws_copy_if_not_exists = multipart`).
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self { store, paths: Paths::new(prefix) }
    }

    /// Removes temporary objects that were last touched before a time, which must be longer ago than any upload takes; says
    /// how many. Parts of uploads that were never completed are removed by a rule of the bucket, not by this.
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

/// The error of doing something with a blob.
pub(super) fn failed(doing: &'static str, key: BlobKey) -> impl FnOnce(object_store::Error) -> Error {
    move |error| match error {
        object_store::Error::NotFound { .. } => key.not_found(),
        object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => {
            key.conflict()
        }
        error => backend(format!("{doing} {key:?}"), error),
    }
}

fn backend(operation: String, error: object_store::Error) -> Error {
    use object_store::Error as Why;
    // What is left over are answers of the server and of the network; the crate has already tried those again.
    let may_pass = matches!(error, Why::Generic { .. } | Why::JoinError { .. });
    Error::backend(operation, may_pass, error)
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
            // Stores refuse ranges behind the end, each in its own way.
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
                let why = "the store lists objects in no order";
                return Err(Error::backend("listing blobs", false, why));
            }
            found.push(key);
        }
        Ok(found)
    }
}

impl fmt::Debug for ObjectBlobStore {
    /// Names the store; its settings hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectBlobStore({})", self.store)
    }
}
