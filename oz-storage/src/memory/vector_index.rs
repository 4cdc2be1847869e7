//! Vector index that scans every vector.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use oz_core::Result;
use oz_core::collection::port::VectorIndex;
use oz_core::collection::{CollectionId, IndexEntry, IndexQuery, Neighbour, ReferenceId, SubjectId};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;

use crate::checks::{ensure_equal_lengths, incomparable};

/// Number of partial sums of a dot product: enough to fill the widest vector registers.
const LANES: usize = 16;

/// Vector index in process memory. A search reads every vector of the model in the collection.
///
/// A first pass in `f32` rules out most vectors; the rest are compared in `f64` like
/// [`FeatureVector::similarity`].
#[derive(Default)]
pub struct MemoryVectorIndex {
    spaces: RwLock<HashMap<CollectionId, HashMap<ModelId, Space>>>,
}

/// Vectors of one model in one collection.
#[derive(Debug, Default)]
struct Space {
    /// Subject and reference of each row.
    rows: Vec<(SubjectId, ReferenceId)>,
    /// `[rows, dimension]`.
    values: Vec<f32>,
    dimension: usize,
    row_of: HashMap<ReferenceId, usize>,
}

type Spaces = HashMap<CollectionId, HashMap<ModelId, Space>>;

impl MemoryVectorIndex {
    fn read(&self) -> RwLockReadGuard<'_, Spaces> {
        self.spaces.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Spaces> {
        self.spaces.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VectorIndex for MemoryVectorIndex {
    fn add(&self, collection: CollectionId, entries: &[IndexEntry]) -> Result<()> {
        let mut spaces = self.write();
        let spaces = spaces.entry(collection).or_default();

        let filled = spaces.iter().filter(|(_, space)| !space.rows.is_empty());
        ensure_equal_lengths(filled.map(|(model, space)| (model, space.dimension)), entries)?;

        for entry in entries {
            spaces.values_mut().for_each(|space| space.remove(entry.reference));
            spaces.entry(entry.template.model().clone()).or_default().push(entry);
        }
        Ok(())
    }

    fn remove(&self, collection: CollectionId, references: &[ReferenceId]) -> Result<()> {
        for space in self.write().entry(collection).or_default().values_mut() {
            references.iter().for_each(|reference| space.remove(*reference));
        }
        Ok(())
    }

    fn remove_subject(&self, collection: CollectionId, subject: SubjectId) -> Result<()> {
        for space in self.write().entry(collection).or_default().values_mut() {
            let theirs: Vec<ReferenceId> =
                space.rows.iter().filter(|row| row.0 == subject).map(|row| row.1).collect();
            theirs.into_iter().for_each(|reference| space.remove(reference));
        }
        Ok(())
    }

    fn clear(&self, collection: CollectionId) -> Result<()> {
        self.write().remove(&collection);
        Ok(())
    }

    fn count(&self, collection: CollectionId, model: &ModelId) -> usize {
        let spaces = self.read();
        spaces.get(&collection).and_then(|spaces| spaces.get(model)).map_or(0, |space| space.rows.len())
    }

    fn search(
        &self,
        collection: CollectionId,
        probe: &FeatureVector,
        query: &IndexQuery,
    ) -> Result<Vec<Neighbour>> {
        let spaces = self.read();
        let space = spaces.get(&collection).and_then(|spaces| spaces.get(probe.model()));
        match space.filter(|space| !space.rows.is_empty()) {
            Some(space) if space.dimension != probe.values().len() => Err(incomparable(probe)),
            Some(space) => Ok(space.nearest(probe.values(), query)),
            None => Ok(Vec::new()),
        }
    }
}

impl fmt::Debug for MemoryVectorIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spaces = self.read();
        let vectors: usize = spaces.values().flat_map(HashMap::values).map(|space| space.rows.len()).sum();
        write!(f, "MemoryVectorIndex({} collections, {vectors} vectors)", spaces.len())
    }
}

impl Space {
    fn push(&mut self, entry: &IndexEntry) {
        self.dimension = entry.template.values().len();
        self.row_of.insert(entry.reference, self.rows.len());
        self.rows.push((entry.subject, entry.reference));
        self.values.extend_from_slice(entry.template.values());
    }

    /// Removes a row. The last row takes its place.
    fn remove(&mut self, reference: ReferenceId) {
        let Some(row) = self.row_of.remove(&reference) else { return };
        let last = self.rows.len() - 1;
        self.rows.swap_remove(row);
        self.values.copy_within(last * self.dimension.., row * self.dimension);
        self.values.truncate(last * self.dimension);
        if let Some(moved) = self.rows.get(row) {
            self.row_of.insert(moved.1, row);
        }
    }

    fn nearest(&self, probe: &[f32], query: &IndexQuery) -> Vec<Neighbour> {
        let mut best = Best::new(query);
        let slack = self.dimension as f32 * f32::EPSILON;
        for (row, values) in self.rows.iter().zip(self.values.chunks_exact(self.dimension)) {
            if rough_similarity(probe, values) + slack >= best.floor {
                let similarity = exact_similarity(probe, values);
                best.offer(Neighbour { subject: row.0, reference: row.1, similarity });
            }
        }
        best.into_sorted()
    }
}

/// Best subjects seen so far, each with its best reference.
struct Best {
    limit: usize,
    /// Least similarity that can still enter the list.
    floor: f32,
    by_subject: HashMap<SubjectId, Neighbour>,
}

impl Best {
    fn new(query: &IndexQuery) -> Self {
        Self { limit: query.limit, floor: query.min_similarity, by_subject: HashMap::new() }
    }

    fn offer(&mut self, found: Neighbour) {
        if found.similarity < self.floor || self.limit == 0 {
            return;
        }
        let known = self.by_subject.get(&found.subject);
        if known.is_some_and(|known| precedes(known, &found)) {
            return;
        }

        self.by_subject.insert(found.subject, found);
        if self.by_subject.len() >= self.limit {
            self.enforce_limit();
        }
    }

    /// Drops the last entry above the limit and raises the floor to the similarity of the last one kept.
    fn enforce_limit(&mut self) {
        if self.by_subject.len() > self.limit
            && let Some(last) = self.last()
        {
            self.by_subject.remove(&last.subject);
        }
        if let Some(last) = self.last() {
            self.floor = last.similarity;
        }
    }

    /// Entry with the lowest rank.
    fn last(&self) -> Option<Neighbour> {
        self.by_subject
            .values()
            .copied()
            .reduce(|last, other| if precedes(&last, &other) { other } else { last })
    }

    fn into_sorted(self) -> Vec<Neighbour> {
        let mut found: Vec<Neighbour> = self.by_subject.into_values().collect();
        found.sort_by(order);
        found
    }
}

fn order(a: &Neighbour, b: &Neighbour) -> std::cmp::Ordering {
    let nearest_first = b.similarity.total_cmp(&a.similarity);
    nearest_first.then(a.subject.cmp(&b.subject)).then(a.reference.cmp(&b.reference))
}

fn precedes(a: &Neighbour, b: &Neighbour) -> bool {
    order(a, b).is_lt()
}

/// Dot product in `f32`, in [`LANES`] partial sums so that the compiler uses vector registers.
fn rough_similarity(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();

    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Dot product in `f64`, equal to [`FeatureVector::similarity`] bit for bit.
fn exact_similarity(a: &[f32], b: &[f32]) -> f32 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    dot.clamp(-1.0, 1.0) as f32
}
