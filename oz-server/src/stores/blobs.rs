//! Blob stores by the settings.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oz::{Result, SystemClock};
use oz_core::storage::port::BlobStore;
use oz_core::system::port::Clock as _;
use oz_storage::fs::DirectoryBlobStore;
use oz_storage::object_store::ObjectBlobStore;

use crate::{DataDir, ServiceSettings};

/// Multipart uploads older than this are aborted when the service starts: their clients have given up.
const LONGEST_UPLOAD: Duration = Duration::from_secs(24 * 3_600);

/// Opens the store of `service.blobs`: a folder, or an object store by URL.
pub(super) async fn open(
    settings: &ServiceSettings,
    folder: impl FnOnce() -> Result<DataDir>,
) -> Result<Arc<dyn BlobStore>> {
    match settings.blobs.as_deref() {
        None => in_folder(&folder()?.blobs()).await,
        Some(url) => in_object_store(url, settings).await,
    }
}

async fn in_folder(folder: &Path) -> Result<Arc<dyn BlobStore>> {
    let store = DirectoryBlobStore::open(folder)?;
    store.sweep().await?;
    Ok(Arc::new(store))
}

async fn in_object_store(url: &str, settings: &ServiceSettings) -> Result<Arc<dyn BlobStore>> {
    let mut options = Vec::new();
    for (name, value) in &settings.blob_options {
        options.push((name.clone(), value.reveal()?.unwrap_or_default()));
    }

    let store = ObjectBlobStore::connect(url, &options)?;
    store.sweep(SystemClock.now().before(LONGEST_UPLOAD)).await?;
    Ok(Arc::new(store))
}
