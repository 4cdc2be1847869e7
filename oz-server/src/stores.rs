//! Opening what stores, and joining it into the ports of the service.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oz::{RandomIds, SystemClock};
use oz_core::account::port::AccountRepository;
use oz_core::collection::port::{CollectionRepository, VectorIndex};
use oz_core::collection::{Collections, LiveIndex};
use oz_core::event::port::EventSessionRepository;
use oz_core::folder::port::FolderRepository;
use oz_core::storage::port::{AuditLog, BlobStore, ErasureList, JobQueue, KeyProvider};
use oz_core::system::port::Clock as _;
use oz_http::Ports;
use oz_storage::directory::DirectoryBlobStore;
use oz_storage::file::{FileKeyProvider, MasterKeys};
use oz_storage::index::ExactIndex;
use oz_storage::layer::{EncryptedBlobStore, MeteredBlobStore, Sealer};
use oz_storage::license::UnlimitedLicense;
use oz_storage::metrics::FacadeMeter;
use oz_storage::object_store::ObjectBlobStore;
use oz_storage::sql::{PostgresStore, SqliteStore, StoreOptions};

use crate::{DataDir, ServiceSettings};
use oz::{Error, Result};

/// What an object store still calls unfinished after this time, nobody finishes.
const LONGEST_UPLOAD: Duration = Duration::from_secs(24 * 3_600);

/// Everything that stores, opened and migrated.
#[derive(Debug)]
pub struct Stores {
    /// What the service sees of it.
    pub ports: Ports,
    database: Database,
}

#[derive(Debug, Clone)]
enum Database {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// The parts of one database.
struct Repositories {
    accounts: Arc<dyn AccountRepository>,
    folders: Arc<dyn FolderRepository>,
    collections: Arc<dyn CollectionRepository>,
    events: Arc<dyn EventSessionRepository>,
    jobs: Arc<dyn JobQueue>,
    erasures: Arc<dyn ErasureList>,
    audit: Arc<dyn AuditLog>,
}

impl Stores {
    /// Opens what the settings name; makes and migrates what is not there.
    ///
    /// # Errors
    /// `config.invalid`, `file.unreadable`, `storage.backend`.
    pub async fn open(settings: &ServiceSettings) -> Result<Self> {
        let folder = DataDir::open(settings.data_dir.as_deref())?;
        let keys = keys(settings, &folder)?;
        let sealer = settings.encryption.then(|| Sealer::new(keys.clone()));
        let database = Database::open(settings, &folder, sealer).await?;
        let blobs = blobs(settings, &folder, &keys).await?;
        let repositories = database.repositories();
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let license = Arc::new(UnlimitedLicense::default());
        let index: Arc<dyn VectorIndex> = Arc::new(ExactIndex::default());
        let index = Arc::new(LiveIndex::new(repositories.collections.clone(), index));
        let collections = Collections {
            repository: repositories.collections,
            index,
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

    /// Whether the database answers.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn ping(&self) -> Result<()> {
        match &self.database {
            Database::Sqlite(store) => Ok(store.ping().await?),
            Database::Postgres(store) => Ok(store.ping().await?),
        }
    }

    /// Ends the use of the database: what was deleted is overwritten, and connections are closed.
    pub async fn close(&self) {
        if let Err(error) = self.ports.erasures.scrub().await {
            tracing::warn!(
                code = error.code(),
                "copies of deleted records may be left in the log of the database"
            );
        }
        match &self.database {
            Database::Sqlite(store) => store.close().await,
            Database::Postgres(store) => store.close().await,
        }
    }

    /// Writes a copy of the database, as it is at one moment.
    ///
    /// # Errors
    /// `config.invalid` when the database is not SQLite; `storage.backend`.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        match &self.database {
            Database::Sqlite(store) => Ok(store.backup_to(to).await?),
            Database::Postgres(_) => {
                Err(Error::Config { detail: "backup: copy PostgreSQL with pg_dump".into() })
            }
        }
    }
}

impl Database {
    async fn open(settings: &ServiceSettings, folder: &DataDir, sealer: Option<Sealer>) -> Result<Self> {
        let options = StoreOptions { sealer, ..StoreOptions::default() };
        match settings.database.reveal()? {
            None => Ok(Self::Sqlite(SqliteStore::open(folder.database(), options).await?)),
            Some(url) if url.starts_with("postgres") => {
                Ok(Self::Postgres(PostgresStore::connect(&url, options).await?))
            }
            Some(_) => Err(Error::Config {
                detail: "service.database: it begins with postgres://; without it SQLite is used".into(),
            }),
        }
    }

    fn repositories(&self) -> Repositories {
        match self {
            Self::Sqlite(store) => parts(Arc::new(store.clone())),
            Self::Postgres(store) => parts(Arc::new(store.clone())),
        }
    }
}

/// One store under the name of each of its ports.
fn parts<S>(store: Arc<S>) -> Repositories
where
    S: AccountRepository
        + FolderRepository
        + CollectionRepository
        + EventSessionRepository
        + JobQueue
        + ErasureList
        + AuditLog
        + 'static,
{
    Repositories {
        accounts: store.clone(),
        folders: store.clone(),
        collections: store.clone(),
        events: store.clone(),
        jobs: store.clone(),
        erasures: store.clone(),
        audit: store,
    }
}

fn keys(settings: &ServiceSettings, folder: &DataDir) -> Result<Arc<dyn KeyProvider>> {
    let master = settings.master_key.clone().unwrap_or_else(|| folder.master_key());
    Ok(Arc::new(FileKeyProvider::open(folder.keys(), MasterKeys::in_file(master))?))
}

async fn blobs(
    settings: &ServiceSettings,
    folder: &DataDir,
    keys: &Arc<dyn KeyProvider>,
) -> Result<Arc<dyn BlobStore>> {
    let plain = match settings.blobs.as_deref() {
        None => in_folder(&folder.blobs()).await?,
        Some(url) => in_object_store(url, settings).await?,
    };
    let measured = Arc::new(MeteredBlobStore::new(plain, Arc::new(SystemClock), Arc::new(FacadeMeter)));
    Ok(if settings.encryption { Arc::new(EncryptedBlobStore::new(measured, keys.clone())) } else { measured })
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
