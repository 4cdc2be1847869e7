//! Parts that an application provides in place of the built-in ones.

use std::sync::Arc;

use oz_core::account::port::AccountRepository;
use oz_core::collection::port::{CollectionRepository, VectorIndex};
use oz_core::event::port::EventSessionRepository;
use oz_core::folder::port::FolderRepository;
use oz_core::license::port::LicenseProvider;
use oz_core::storage::port::{AuditLog, BlobStore, ErasureList, JobQueue, KeyProvider};
use oz_core::system::port::{Clock, IdGenerator};

/// All records of the service, as one database stores them.
///
/// All seven ports have to share one database: a transaction of `folders` also writes jobs and erasures.
#[derive(Debug, Clone)]
pub struct Repositories {
    /// Companies, users and sessions.
    pub accounts: Arc<dyn AccountRepository>,
    /// Folders, media, groups of analyses.
    pub folders: Arc<dyn FolderRepository>,
    /// Collections, subjects and references.
    pub collections: Arc<dyn CollectionRepository>,
    /// Telemetry of capture clients.
    pub events: Arc<dyn EventSessionRepository>,
    /// Queue of jobs.
    pub jobs: Arc<dyn JobQueue>,
    /// Blobs to erase.
    pub erasures: Arc<dyn ErasureList>,
    /// Audit trail.
    pub audit: Arc<dyn AuditLog>,
}

impl Repositories {
    /// One store that implements all seven ports.
    #[must_use]
    pub fn of<S>(store: Arc<S>) -> Self
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
        Self {
            accounts: store.clone(),
            folders: store.clone(),
            collections: store.clone(),
            events: store.clone(),
            jobs: store.clone(),
            erasures: store.clone(),
            audit: store,
        }
    }
}

/// Parts of the storage that the application provides. The settings determine the others.
#[derive(Debug, Default)]
pub(crate) struct StoreParts {
    pub(crate) repositories: Option<Repositories>,
    pub(crate) blobs: Option<Arc<dyn BlobStore>>,
    pub(crate) keys: Option<Arc<dyn KeyProvider>>,
    pub(crate) index: Option<Arc<dyn VectorIndex>>,
    pub(crate) license: Option<Arc<dyn LicenseProvider>>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) ids: Option<Arc<dyn IdGenerator>>,
}
