//! Vector index kept up to date with a repository.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::port::{CollectionRepository, VectorIndex};
use super::{CollectionId, IndexEntry, ReferenceChange, ReferenceEvent, ReferenceId, Revision};
use crate::inference::ModelId;
use crate::{Error, Result};

/// Maximum number of changes to read per repository call.
const BATCH: usize = 1_000;

/// A vector index that follows a repository, including writes by other processes.
///
/// Must be the only writer to the index. Changes are applied exactly once and in order of their revision,
/// regardless of the task that read them. Deleted references therefore never reappear under concurrent writes
/// and searches, and writes by other processes become visible with the next [`LiveIndex::catch_up`].
#[derive(Debug)]
pub struct LiveIndex {
    repository: Arc<dyn CollectionRepository>,
    index: Arc<dyn VectorIndex>,
    /// Revision of the last applied change per collection.
    applied: Mutex<HashMap<CollectionId, Revision>>,
}

impl LiveIndex {
    /// Revision of a deleted collection, after which no change is applied.
    const GONE: Revision = Revision(u64::MAX);

    /// Creates a live index from a repository and an empty vector index.
    #[must_use]
    pub fn new(repository: Arc<dyn CollectionRepository>, index: Arc<dyn VectorIndex>) -> Self {
        Self { repository, index, applied: Mutex::default() }
    }

    /// Applies all changes to a collection that were committed before the call and returns the number of
    /// changes.
    ///
    /// # Errors
    /// `storage.not_found` when the collection is absent; `analysis.incomparable_features`;
    /// `storage.backend`.
    pub async fn catch_up(&self, collection: CollectionId) -> Result<usize> {
        let mut total = 0;
        loop {
            let after = self.lock().get(&collection).copied().unwrap_or_default();
            let changes = self.changes(collection, after).await?;
            total += self.apply(collection, &changes)?;
            if changes.len() < BATCH {
                return Ok(total);
            }
        }
    }

    /// Removes a deleted collection from the index.
    ///
    /// # Errors
    /// `storage.backend` if the index is external to the process.
    pub fn forget(&self, collection: CollectionId) -> Result<()> {
        self.lock().insert(collection, Self::GONE);
        self.index.clear(collection)
    }

    /// Number of indexed references of a model in a collection.
    #[must_use]
    pub fn count(&self, collection: CollectionId, model: &ModelId) -> usize {
        self.index.count(collection, model)
    }

    /// The underlying vector index, for searching.
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

    /// Applies the changes that have not been applied yet and returns their number.
    fn apply(&self, collection: CollectionId, changes: &[ReferenceChange]) -> Result<usize> {
        // The lock is held while writing to the index, so that concurrent callers cannot apply changes out of
        // order.
        let mut applied = self.lock();
        let applied = applied.entry(collection).or_default();
        let fresh: Vec<&ReferenceChange> =
            changes.iter().filter(|change| change.revision > *applied).collect();

        for run in fresh.chunk_by(|a, b| is_stored(a) == is_stored(b)) {
            self.index.add(collection, &stored(run))?;
            self.index.remove(collection, &deleted(run))?;
            *applied = run.last().map_or(*applied, |last| last.revision);
        }
        Ok(fresh.len())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CollectionId, Revision>> {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_stored(change: &ReferenceChange) -> bool {
    matches!(change.event, ReferenceEvent::Stored(_))
}

fn stored(run: &[&ReferenceChange]) -> Vec<IndexEntry> {
    run.iter()
        .filter_map(|change| match &change.event {
            ReferenceEvent::Stored(entry) => Some(entry.clone()),
            ReferenceEvent::Deleted(_) => None,
        })
        .collect()
}

fn deleted(run: &[&ReferenceChange]) -> Vec<ReferenceId> {
    run.iter()
        .filter_map(|change| match change.event {
            ReferenceEvent::Deleted(id) => Some(id),
            ReferenceEvent::Stored(_) => None,
        })
        .collect()
}
