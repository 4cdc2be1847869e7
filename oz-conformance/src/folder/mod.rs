//! Behaviour of [`FolderRepository`], by theme.

mod analyses;
mod erasure;
mod filters;
mod folders;
mod groups;
mod media;
mod notices;
mod scope;
mod setting;
mod statistics;

use std::sync::Arc;

use super::{Drive, Make, all_hold_async};
use oz_core::account::port::AccountRepository;
use oz_core::folder::port::FolderRepository;
use oz_core::storage::port::{ErasureList, JobQueue};

/// A repository of folders with the other ports of its database.
#[derive(Debug)]
pub struct Database {
    /// What is checked.
    pub folders: Arc<dyn FolderRepository>,
    /// The jobs that answer analyses.
    pub jobs: Arc<dyn JobQueue>,
    /// The blobs that must not stay.
    pub erasures: Arc<dyn ErasureList>,
    /// The companies that folders belong to.
    pub accounts: Arc<dyn AccountRepository>,
}

impl Database {
    /// All ports of one adapter.
    #[must_use]
    pub fn of<S>(store: &Arc<S>) -> Self
    where
        S: FolderRepository + JobQueue + ErasureList + AccountRepository + 'static,
    {
        Self { folders: store.clone(), jobs: store.clone(), erasures: store.clone(), accounts: store.clone() }
    }
}

/// Checks a repository of folders.
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
    all_hold_async(adapter, &themes.concat(), make, drive);
}
