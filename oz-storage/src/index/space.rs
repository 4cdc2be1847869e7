//! Vectors of one model in one collection.

use std::collections::HashMap;

use oz_core::collection::{IndexEntry, IndexQuery, Neighbour, ReferenceId, SubjectId};

use super::best::Best;
use super::codes::{self, Probe, Quantization};
use super::kernels::{Isa, Line};

/// Rows whose bounds are computed per block: their codes fit the inner caches, and the floor rises between
/// blocks.
const BLOCK: usize = 256;

/// Rows in contiguous memory. The last row takes the place of a removed one.
#[derive(Default)]
pub(super) struct Space {
    dimension: usize,
    rows: Vec<(SubjectId, ReferenceId)>,
    /// `[rows, lines]`.
    codes: Vec<Line>,
    quantizations: Vec<Quantization>,
    /// `[rows, dimension]`.
    values: Vec<f32>,
    row_of: HashMap<ReferenceId, usize>,
    references_of: HashMap<SubjectId, Vec<ReferenceId>>,
}

/// Codes of new vectors, computed before the index is locked.
#[derive(Default)]
pub(super) struct Encoded {
    codes: Vec<Line>,
    quantizations: Vec<Quantization>,
}

impl Encoded {
    pub(super) fn new(entries: &[IndexEntry]) -> Self {
        let lines = entries.iter().map(|entry| codes::lines(entry.template.values().len())).sum();
        let (codes, quantizations) = (Vec::with_capacity(lines), Vec::with_capacity(entries.len()));
        let mut encoded = Self { codes, quantizations };
        for entry in entries {
            encoded.quantizations.push(codes::append(entry.template.values(), &mut encoded.codes));
        }
        encoded
    }

    /// Codes of each vector, in the order of the entries.
    pub(super) fn parts<'a>(
        &'a self,
        entries: &'a [IndexEntry],
    ) -> impl Iterator<Item = (&'a [Line], Quantization)> {
        let mut rest = self.codes.as_slice();
        entries.iter().zip(&self.quantizations).map(move |(entry, quantization)| {
            let (codes, later) = rest.split_at(codes::lines(entry.template.values().len()));
            rest = later;
            (codes, *quantization)
        })
    }
}

impl Space {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Length of the vectors; `None` while the space is empty and accepts any length.
    pub(super) fn dimension(&self) -> Option<usize> {
        (!self.rows.is_empty()).then_some(self.dimension)
    }

    /// Reserves memory for `count` more vectors of this length.
    pub(super) fn reserve(&mut self, count: usize, dimension: usize) {
        self.rows.reserve(count);
        self.quantizations.reserve(count);
        self.codes.reserve(count * codes::lines(dimension));
        self.values.reserve(count * dimension);
        self.row_of.reserve(count);
    }

    /// Adds the vector of a reference that is not in the space.
    pub(super) fn push(&mut self, entry: &IndexEntry, codes: &[Line], quantization: Quantization) {
        self.dimension = entry.template.values().len();
        self.row_of.insert(entry.reference, self.rows.len());
        self.references_of.entry(entry.subject).or_default().push(entry.reference);
        self.rows.push((entry.subject, entry.reference));
        self.codes.extend_from_slice(codes);
        self.quantizations.push(quantization);
        self.values.extend_from_slice(entry.template.values());
    }

    /// Removes a vector and wipes its memory.
    pub(super) fn remove(&mut self, reference: ReferenceId) {
        let Some(row) = self.row_of.remove(&reference) else { return };
        let last = self.rows.len() - 1;
        self.unlink(self.rows[row].0, reference);

        self.rows.swap_remove(row);
        self.quantizations.swap_remove(row);
        remove_row(&mut self.codes, row, last, codes::lines(self.dimension), Line([0; _]));
        remove_row(&mut self.values, row, last, self.dimension, 0.0);

        if let Some(moved) = self.rows.get(row) {
            self.row_of.insert(moved.1, row);
        }
    }

    pub(super) fn remove_subject(&mut self, subject: SubjectId) {
        let theirs = self.references_of.get(&subject).cloned().unwrap_or_default();
        theirs.into_iter().for_each(|reference| self.remove(reference));
    }

    /// Removes a reference from the list of its subject.
    fn unlink(&mut self, subject: SubjectId, reference: ReferenceId) {
        if let Some(theirs) = self.references_of.get_mut(&subject) {
            theirs.retain(|other| *other != reference);
            if theirs.is_empty() {
                self.references_of.remove(&subject);
            }
        }
    }

    pub(super) fn nearest(&self, probe: &[f32], query: &IndexQuery, isa: Isa) -> Vec<Neighbour> {
        let (mut best, mut rough, mut bounds) = (Best::new(query), Probe::new(probe, isa), Vec::new());
        let lines = codes::lines(self.dimension);
        let blocks = self.codes.chunks(BLOCK * lines).zip(self.quantizations.chunks(BLOCK));
        for (block, (codes, quantizations)) in blocks.enumerate() {
            rough.bounds(codes, quantizations, &mut bounds);
            for (row, bound) in (block * BLOCK..).zip(&bounds) {
                if *bound >= best.floor() {
                    best.offer(self.compare(row, probe));
                }
            }
        }
        best.into_sorted()
    }

    fn compare(&self, row: usize, probe: &[f32]) -> Neighbour {
        let values = &self.values[row * self.dimension..][..self.dimension];
        let (subject, reference) = self.rows[row];
        Neighbour { subject, reference, similarity: similarity(values, probe) }
    }
}

/// Moves the last row into the place of a removed one and overwrites the freed memory with `blank`.
fn remove_row<T: Copy>(rows: &mut Vec<T>, row: usize, last: usize, width: usize, blank: T) {
    rows.copy_within(last * width.., row * width);
    rows[last * width..].fill(blank);
    rows.truncate(last * width);
}

/// Equals `FeatureVector::similarity` bit for bit.
fn similarity(a: &[f32], b: &[f32]) -> f32 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    dot.clamp(-1.0, 1.0) as f32
}
