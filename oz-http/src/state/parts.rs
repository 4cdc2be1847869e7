//! What the assembly hands over.

use std::sync::Arc;

use oz_core::account::port::AccountRepository;
use oz_core::analysis::port::MediaExaminer;
use oz_core::collection::Collections;
use oz_core::event::port::EventSessionRepository;
use oz_core::face::Calibration;
use oz_core::folder::port::FolderRepository;
use oz_core::license::port::LicenseProvider;
use oz_core::media::port::MediaDecoder;
use oz_core::storage::port::{AuditLog, BlobStore, ErasureList, JobQueue, KeyProvider};
use oz_core::system::port::{Clock, IdGenerator};

/// Everything that stores.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Companies, users, sessions.
    pub accounts: Arc<dyn AccountRepository>,
    /// Folders, media, analyses.
    pub folders: Arc<dyn FolderRepository>,
    /// Collections, and the use cases of them.
    pub collections: Collections,
    /// Telemetry.
    pub events: Arc<dyn EventSessionRepository>,
    /// Work; of the same database as folders.
    pub jobs: Arc<dyn JobQueue>,
    /// Blobs that must not stay; of the same database as folders.
    pub erasures: Arc<dyn ErasureList>,
    /// Who did what.
    pub audit: Arc<dyn AuditLog>,
    /// Media.
    pub blobs: Arc<dyn BlobStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh names.
    pub ids: Arc<dyn IdGenerator>,
    /// What may be done.
    pub license: Arc<dyn LicenseProvider>,
    /// Keys that data is encrypted with.
    pub keys: Arc<dyn KeyProvider>,
}

/// Everything that looks at media.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Decodes and analyses.
    pub examiner: Arc<dyn MediaExaminer>,
    /// Tells formats by content. Nothing is decoded with it: that is the examiner's.
    pub decoder: Arc<dyn MediaDecoder>,
    /// What similarities of the extractor mean.
    pub calibration: Calibration,
    /// What is running.
    pub info: ServiceInfo,
}

/// Facts about the running service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Version of the library.
    pub core: String,
    /// Names of the inference engines that can be used.
    pub engines: Vec<String>,
    /// Ids of the models in use.
    pub models: Vec<String>,
}
