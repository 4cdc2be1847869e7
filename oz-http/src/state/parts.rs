//! Ports and engine that the assembly passes to the service.

use std::sync::Arc;

use oz_core::account::port::AccountRepository;
use oz_core::analysis::port::MediaExaminer;
use oz_core::collection::Collections;
use oz_core::event::port::EventSessionRepository;
use oz_core::face::Calibration;
use oz_core::folder::judgement::Judges;
use oz_core::folder::port::FolderRepository;
use oz_core::license::port::LicenseProvider;
use oz_core::media::port::MediaDecoder;
use oz_core::storage::port::{AuditLog, BlobStore, ErasureList, JobQueue, KeyProvider};
use oz_core::system::port::{Clock, IdGenerator};

/// Ports to storage.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Companies, users and sessions.
    pub accounts: Arc<dyn AccountRepository>,
    /// Folders, media and analyses.
    pub folders: Arc<dyn FolderRepository>,
    /// Use cases of collections.
    pub collections: Collections,
    /// Telemetry events of clients.
    pub events: Arc<dyn EventSessionRepository>,
    /// Job queue, in the same database as `folders`.
    pub jobs: Arc<dyn JobQueue>,
    /// Blobs to be erased, in the same database as `folders`.
    pub erasures: Arc<dyn ErasureList>,
    /// Audit log.
    pub audit: Arc<dyn AuditLog>,
    /// Contents of media.
    pub blobs: Arc<dyn BlobStore>,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Generator of IDs.
    pub ids: Arc<dyn IdGenerator>,
    /// Licensed features and quotas.
    pub license: Arc<dyn LicenseProvider>,
    /// Encryption keys of stored data.
    pub keys: Arc<dyn KeyProvider>,
}

/// Analysis of media: decoding, examination and calibration.
#[derive(Debug, Clone)]
pub struct AnalysisEngine {
    /// Decodes and examines media.
    pub examiner: Arc<dyn MediaExaminer>,
    /// Detects media formats from their content. Only the examiner decodes media.
    pub decoder: Arc<dyn MediaDecoder>,
    /// Maps similarities of the feature extractor to comparison scores.
    pub calibration: Calibration,
    /// Judges of the analyses, by kind.
    pub judges: Judges,
    /// Versions and models.
    pub info: ServiceInfo,
}

/// Versions and models of the running service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Version of oz.
    pub core: String,
    /// Names of the available inference engines.
    pub engines: Vec<String>,
    /// IDs of the models in use.
    pub models: Vec<String>,
}
