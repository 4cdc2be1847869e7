//! Vector index with one space per collection and model.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use oz_core::Result;
use oz_core::collection::port::VectorIndex;
use oz_core::collection::{CollectionId, IndexEntry, IndexQuery, Neighbour, ReferenceId, SubjectId};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;

use super::kernels::Isa;
use super::space::{Encoded, Space};
use crate::checks::{ensure_equal_lengths, incomparable};

/// Exact in-memory vector index for up to about a million vectors per collection.
///
/// Takes 5 bytes per vector value and about 150 bytes per reference. Collections do not block each other;
/// within a collection, searches run in parallel and a writer blocks them only while it copies the prepared
/// entries. The fastest instruction set of the processor is detected when the index is created.
pub struct ExactIndex {
    isa: Isa,
    galleries: RwLock<HashMap<CollectionId, Gallery>>,
}

/// Spaces of one collection.
type Gallery = Arc<RwLock<Spaces>>;
type Spaces = HashMap<ModelId, Space>;

impl Default for ExactIndex {
    fn default() -> Self {
        Self { isa: Isa::detect(), galleries: RwLock::default() }
    }
}

impl ExactIndex {
    fn gallery(&self, collection: CollectionId) -> Option<Gallery> {
        read(&self.galleries).get(&collection).cloned()
    }

    fn gallery_or_new(&self, collection: CollectionId) -> Gallery {
        let known = self.gallery(collection);
        known.unwrap_or_else(|| write(&self.galleries).entry(collection).or_default().clone())
    }

    /// Removes a gallery that is empty and not in use.
    fn remove_if_empty(&self, collection: CollectionId) {
        let mut galleries = write(&self.galleries);
        // Galleries are cloned only under the lock held here, so a count of one means that it is not in use.
        let is_unused = |gallery: &Gallery| Arc::strong_count(gallery) == 1 && read(gallery).is_empty();
        if galleries.get(&collection).is_some_and(is_unused) {
            galleries.remove(&collection);
        }
    }
}

impl VectorIndex for ExactIndex {
    fn add(&self, collection: CollectionId, entries: &[IndexEntry]) -> Result<()> {
        let encoded = Encoded::new(entries);
        let gallery = self.gallery_or_new(collection);
        let mut spaces = write(&gallery);

        let known = spaces.iter().filter_map(|(model, space)| Some((model, space.dimension()?)));
        ensure_equal_lengths(known, entries)?;
        reserve(&mut spaces, entries);

        for (entry, (codes, quantization)) in entries.iter().zip(encoded.parts(entries)) {
            spaces.values_mut().for_each(|space| space.remove(entry.reference));
            let model = entry.template.model();
            spaces.get_mut(model).expect("`reserve` adds every model").push(entry, codes, quantization);
        }
        Ok(())
    }

    fn remove(&self, collection: CollectionId, references: &[ReferenceId]) -> Result<()> {
        let Some(gallery) = self.gallery(collection) else { return Ok(()) };
        for space in write(&gallery).values_mut() {
            references.iter().for_each(|reference| space.remove(*reference));
        }
        Ok(())
    }

    fn remove_subject(&self, collection: CollectionId, subject: SubjectId) -> Result<()> {
        let Some(gallery) = self.gallery(collection) else { return Ok(()) };
        write(&gallery).values_mut().for_each(|space| space.remove_subject(subject));
        Ok(())
    }

    fn clear(&self, collection: CollectionId) -> Result<()> {
        let Some(gallery) = self.gallery(collection) else { return Ok(()) };
        // The memory is freed after the lock was released.
        let old = std::mem::take(&mut *write(&gallery));
        drop((old, gallery));
        self.remove_if_empty(collection);
        Ok(())
    }

    fn count(&self, collection: CollectionId, model: &ModelId) -> usize {
        self.gallery(collection).map_or(0, |gallery| read(&gallery).get(model).map_or(0, Space::len))
    }

    fn search(
        &self,
        collection: CollectionId,
        probe: &FeatureVector,
        query: &IndexQuery,
    ) -> Result<Vec<Neighbour>> {
        let Some(gallery) = self.gallery(collection) else { return Ok(Vec::new()) };
        let spaces = read(&gallery);
        let space = spaces.get(probe.model());
        match space.and_then(|space| Some((space, space.dimension()?))) {
            Some((_, dimension)) if dimension != probe.values().len() => Err(incomparable(probe)),
            Some((space, _)) => Ok(space.nearest(probe.values(), query, self.isa)),
            None => Ok(Vec::new()),
        }
    }
}

impl fmt::Debug for ExactIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExactIndex({} collections, {:?})", read(&self.galleries).len(), self.isa)
    }
}

/// Reserves memory for all entries at once and adds the spaces of new models.
fn reserve(spaces: &mut Spaces, entries: &[IndexEntry]) {
    let mut counts: HashMap<&ModelId, (usize, usize)> = HashMap::new();
    for entry in entries {
        let (count, dimension) = counts.entry(entry.template.model()).or_default();
        *count += 1;
        *dimension = entry.template.values().len();
    }
    for (model, (count, dimension)) in counts {
        spaces.entry(model.clone()).or_default().reserve(count, dimension);
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
