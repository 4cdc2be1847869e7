//! Storage of a service, opened and assembled into its ports.
//!
//! Invariant: with `service.encryption` on, every blob store is reachable only through encryption, including
//! those that the application provides, and so is every built-in database. Assembled ports can be read but
//! not replaced.

mod blobs;
mod database;
mod parts;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oz::{Error, RandomIds, Result, SystemClock};
use oz_core::collection::{Collections, LiveIndex};
use oz_core::storage::port::{BlobStore, KeyProvider};
use oz_core::system::port::Clock;
use oz_http::Ports;
use oz_storage::fs::{FileKeyProvider, MasterKeys};
use oz_storage::index::ExactIndex;
use oz_storage::layer::{EncryptedBlobStore, MeteredBlobStore, Sealer};
use oz_storage::license::UnlimitedLicense;
use oz_storage::metrics::FacadeMeter;

use crate::{DataDir, ServiceSettings};
use database::Database;

pub use parts::Repositories;
pub(crate) use parts::StoreParts;

/// Storage of a service: opened, migrated, and encrypted unless the settings say otherwise.
#[derive(Debug)]
pub struct Stores {
    ports: Ports,
    database: Database,
}

impl Stores {
    /// Opens the configured storage. Creates it if it does not exist, and migrates older versions.
    ///
    /// # Errors
    /// `config.invalid`, `file.unreadable`, `storage.backend`.
    pub async fn open(settings: &ServiceSettings) -> Result<Self> {
        Self::assemble(settings, StoreParts::default()).await
    }

    /// Assembles the parts of the application and, for the others, the configured storage.
    pub(crate) async fn assemble(settings: &ServiceSettings, parts: StoreParts) -> Result<Self> {
        let folder = || DataDir::open(settings.data_dir.as_deref());
        let clock = parts.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let ids = parts.ids.unwrap_or_else(|| Arc::new(RandomIds));
        let license = parts.license.unwrap_or_else(|| Arc::new(UnlimitedLicense::default()));

        let keys = match parts.keys {
            Some(_) if !settings.encryption => return Err(unused_keys()),
            Some(keys) => keys,
            None => keys_in_folder(settings, &folder()?)?,
        };

        let database = match parts.repositories {
            Some(repositories) => Database::Custom(repositories),
            None => {
                let sealer = settings.encryption.then(|| Sealer::new(keys.clone()));
                Database::open(settings, folder, sealer).await?
            }
        };
        let repositories = database.repositories();

        let plain = match parts.blobs {
            Some(blobs) => blobs,
            None => blobs::open(settings, folder).await?,
        };
        let blobs = sealed(plain, settings, &keys, &clock);

        let index = parts.index.unwrap_or_else(|| Arc::new(ExactIndex::default()));
        let collections = Collections {
            repository: repositories.collections.clone(),
            index: Arc::new(LiveIndex::new(repositories.collections, index)),
            blobs: blobs.clone(),
            license: license.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        };

        let ports = Ports {
            accounts: repositories.accounts,
            folders: repositories.folders,
            collections,
            events: repositories.events,
            jobs: repositories.jobs,
            erasures: repositories.erasures,
            audit: repositories.audit,
            blobs,
            clock,
            ids,
            license,
            keys,
        };
        Ok(Self { ports, database })
    }

    /// Ports of the service, for maintenance.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn ping(&self) -> Result<()> {
        self.database.ping().await
    }

    /// Overwrites deleted records and closes the connections.
    pub async fn close(&self) {
        if let Err(error) = self.ports.erasures.scrub().await {
            tracing::warn!(code = error.code(), "the database log may still hold copies of deleted records");
        }
        self.database.close().await;
    }

    /// Writes a consistent copy of the database to a new file.
    ///
    /// # Errors
    /// `config.invalid` when the database is not SQLite; `storage.backend`.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        self.database.backup(to).await
    }
}

/// Adds measurements to the store and, unless it is off, encryption.
fn sealed(
    plain: Arc<dyn BlobStore>,
    settings: &ServiceSettings,
    keys: &Arc<dyn KeyProvider>,
    clock: &Arc<dyn Clock>,
) -> Arc<dyn BlobStore> {
    let measured = Arc::new(MeteredBlobStore::new(plain, clock.clone(), Arc::new(FacadeMeter)));
    if settings.encryption { Arc::new(EncryptedBlobStore::new(measured, keys.clone())) } else { measured }
}

fn keys_in_folder(settings: &ServiceSettings, folder: &DataDir) -> Result<Arc<dyn KeyProvider>> {
    let (keys, masters) = key_files(settings, folder);
    Ok(Arc::new(FileKeyProvider::open(keys, masters)?))
}

/// Folder of the data keys and file of the master key.
pub(crate) fn key_files(settings: &ServiceSettings, folder: &DataDir) -> (PathBuf, MasterKeys) {
    let master = settings.master_key.clone().unwrap_or_else(|| folder.master_key());
    (folder.keys(), MasterKeys::in_file(master))
}

/// Refuses a key provider that would not be used, since it suggests that media are encrypted.
fn unused_keys() -> Error {
    Error::Config { detail: "service.encryption: must be on when the application provides keys".into() }
}
