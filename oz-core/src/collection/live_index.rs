//! An index that holds what the repository holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::port::{CollectionRepository, VectorIndex};
use super::{CollectionId, IndexEntry, ReferenceChange, ReferenceEvent, ReferenceId, Revision};
use crate::inference::ModelId;
use crate::{Error, Result};

/// Changes that are read at once.
const BATCH: usize = 1_000;

/// An index that follows a repository, also one that other processes write to.
///
/// Nothing else writes to the index: changes are taken in by their numbers, each once and in order, whoever read them. So
/// what was deleted never comes back, however writes and searches run side by side, and a process that wrote nothing
/// itself finds what others wrote as soon as it has caught up.
#[derive(Debug)]
pub struct LiveIndex {
    repository: Arc<dyn CollectionRepository>,
    index: Arc<dyn VectorIndex>,
    /// The last change that the index has taken in, by collection.
    reached: Mutex<HashMap<CollectionId, Revision>>,
}

impl LiveIndex {
    /// What a collection has reached that is gone: no change comes behind it.
    const GONE: Revision = Revision(u64::MAX);

    /// Lets an index, which is empty, follow a repository.
    #[must_use]
    pub fn new(repository: Arc<dyn CollectionRepository>, index: Arc<dyn VectorIndex>) -> Self {
        Self { repository, index, reached: Mutex::default() }
    }

    /// Takes in everything that happened to a collection before the call. Says how many changes that were.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `analysis.incomparable_features`; `storage.backend`.
    pub async fn catch_up(&self, collection: CollectionId) -> Result<usize> {
        let mut total = 0;
        loop {
            let after = self.locked().get(&collection).copied().unwrap_or_default();
            let changes = self.changes(collection, after).await?;
            total += self.take_in(collection, &changes)?;
            if changes.len() < BATCH {
                return Ok(total);
            }
        }
    }

    /// Removes a collection that is gone.
    ///
    /// # Errors
    /// `storage.backend` where an index lives outside the process.
    pub fn forget(&self, collection: CollectionId) -> Result<()> {
        self.locked().insert(collection, Self::GONE);
        self.index.clear(collection)
    }

    /// How many references of a model the index holds of a collection.
    #[must_use]
    pub fn count(&self, collection: CollectionId, model: &ModelId) -> usize {
        self.index.count(collection, model)
    }

    /// What can be searched, as it stands.
    #[must_use]
    pub fn vectors(&self) -> Arc<dyn VectorIndex> {
        self.index.clone()
    }

    async fn changes(&self, collection: CollectionId, after: Revision) -> Result<Vec<ReferenceChange>> {
        let changes = self.repository.changes(collection, after, BATCH).await;
        if let Err(Error::NotFound { .. }) = changes {
            self.forget(collection)?;
        }
        changes
    }

    /// Whoever holds the lock writes to the index.
    fn take_in(&self, collection: CollectionId, changes: &[ReferenceChange]) -> Result<usize> {
        let mut reached = self.locked();
        let reached = reached.entry(collection).or_default();
        let fresh: Vec<&ReferenceChange> =
            changes.iter().filter(|change| change.revision > *reached).collect();
        for run in fresh.chunk_by(|a, b| is_stored(a) == is_stored(b)) {
            self.index.add(collection, &stored(run))?;
            self.index.remove(collection, &deleted(run))?;
            *reached = run.last().map_or(*reached, |last| last.revision);
        }
        Ok(fresh.len())
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<CollectionId, Revision>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_stored(change: &ReferenceChange) -> bool {
    matches!(change.event, ReferenceEvent::Stored(_))
}

fn stored(run: &[&ReferenceChange]) -> Vec<IndexEntry> {
    let entry = |change: &&ReferenceChange| match &change.event {
        ReferenceEvent::Stored(entry) => Some(entry.clone()),
        ReferenceEvent::Deleted(_) => None,
    };
    run.iter().filter_map(entry).collect()
}

fn deleted(run: &[&ReferenceChange]) -> Vec<ReferenceId> {
    let id = |change: &&ReferenceChange| match change.event {
        ReferenceEvent::Deleted(id) => Some(id),
        ReferenceEvent::Stored(_) => None,
    };
    run.iter().filter_map(id).collect()
}
