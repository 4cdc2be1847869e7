//! Suite of [`FolderRepository`].

mod analyses;
mod erasure;
mod filters;
mod fixture;
mod folders;
mod groups;
mod media;
mod notices;
mod scope;
mod statistics;

use std::sync::Arc;

use super::{Drive, Make, check_async_claims};
use oz_core::account::port::AccountRepository;
use oz_core::folder::port::FolderRepository;
use oz_core::storage::port::{ErasureList, JobQueue};

/// Folder repository with the other ports of the same database.
#[derive(Debug)]
pub struct Database {
    /// Repository under test.
    pub folders: Arc<dyn FolderRepository>,
    /// Queue of the analysis, preview and notice jobs.
    pub jobs: Arc<dyn JobQueue>,
    /// Erasure list of the blobs of media and results.
    pub erasures: Arc<dyn ErasureList>,
    /// Companies of the folders.
    pub accounts: Arc<dyn AccountRepository>,
}

impl Database {
    /// Database whose ports are implemented by one adapter.
    #[must_use]
    pub fn of<S>(store: &Arc<S>) -> Self
    where
        S: FolderRepository + JobQueue + ErasureList + AccountRepository + 'static,
    {
        Self { folders: store.clone(), jobs: store.clone(), erasures: store.clone(), accounts: store.clone() }
    }
}

/// Checks a folder repository.
///
/// # Panics
/// When a claim does not hold.
pub fn folder_repository(adapter: &str, make: Make<'_, Database>, drive: Drive<'_>) {
    let themes = [
        folders::claims(),
        media::claims(),
        analyses::claims(),
        groups::claims(),
        notices::claims(),
        erasure::claims(),
        scope::claims(),
        filters::claims(),
        statistics::claims(),
    ];
    check_async_claims(adapter, &themes.concat(), make, drive);
}
