//! The vectors of one model in one collection.

use std::collections::HashMap;

use oz_core::collection::{IndexEntry, IndexQuery, Neighbour, ReferenceId, SubjectId};

use super::best::Best;
use super::codes::{self, Probe, Scale};
use super::kernels::{Isa, Line};

/// Rows whose bounds are computed in one go: their codes fit the nearest caches, so the floor can rise between two blocks.
const BLOCK: usize = 256;

/// Rows side by side in memory. A removed row's place is taken by the last one.
#[derive(Default)]
pub(super) struct Space {
    dimension: usize,
    rows: Vec<(SubjectId, ReferenceId)>,
    /// `[rows, lines]`.
    codes: Vec<Line>,
    scales: Vec<Scale>,
    /// `[rows, dimension]`.
    values: Vec<f32>,
    row_of: HashMap<ReferenceId, usize>,
    references_of: HashMap<SubjectId, Vec<ReferenceId>>,
}

/// Codes of vectors, made before anything is locked.
#[derive(Default)]
pub(super) struct Encoded {
    codes: Vec<Line>,
    scales: Vec<Scale>,
}

impl Encoded {
    pub(super) fn new(entries: &[IndexEntry]) -> Self {
        let lines = entries.iter().map(|entry| codes::lines(entry.template.values().len())).sum();
        let mut encoded =
            Self { codes: Vec::with_capacity(lines), scales: Vec::with_capacity(entries.len()) };
        for entry in entries {
            encoded.scales.push(codes::append(entry.template.values(), &mut encoded.codes));
        }
        encoded
    }

    /// The codes of each vector, in the order of the entries.
    pub(super) fn parts<'a>(
        &'a self,
        entries: &'a [IndexEntry],
    ) -> impl Iterator<Item = (&'a [Line], Scale)> {
        let mut rest = self.codes.as_slice();
        entries.iter().zip(&self.scales).map(move |(entry, scale)| {
            let (codes, later) = rest.split_at(codes::lines(entry.template.values().len()));
            rest = later;
            (codes, *scale)
        })
    }
}

impl Space {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Length of the vectors; `None` while there is none, then any will do.
    pub(super) fn dimension(&self) -> Option<usize> {
        (!self.rows.is_empty()).then_some(self.dimension)
    }

    /// Makes room for so many more vectors of this length.
    pub(super) fn reserve(&mut self, count: usize, dimension: usize) {
        self.rows.reserve(count);
        self.scales.reserve(count);
        self.codes.reserve(count * codes::lines(dimension));
        self.values.reserve(count * dimension);
        self.row_of.reserve(count);
    }

    /// Adds a vector of a reference that is not here.
    pub(super) fn push(&mut self, entry: &IndexEntry, codes: &[Line], scale: Scale) {
        self.dimension = entry.template.values().len();
        self.row_of.insert(entry.reference, self.rows.len());
        self.references_of.entry(entry.subject).or_default().push(entry.reference);
        self.rows.push((entry.subject, entry.reference));
        self.codes.extend_from_slice(codes);
        self.scales.push(scale);
        self.values.extend_from_slice(entry.template.values());
    }

    /// Removes a vector and wipes its place.
    pub(super) fn remove(&mut self, reference: ReferenceId) {
        let Some(row) = self.row_of.remove(&reference) else { return };
        let last = self.rows.len() - 1;
        self.forget_owner(self.rows[row].0, reference);
        self.rows.swap_remove(row);
        self.scales.swap_remove(row);
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

    fn forget_owner(&mut self, subject: SubjectId, reference: ReferenceId) {
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
        let blocks = self.codes.chunks(BLOCK * lines).zip(self.scales.chunks(BLOCK));
        for (block, (codes, scales)) in blocks.enumerate() {
            rough.bounds(codes, scales, &mut bounds);
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

/// Moves the last row into the place of a removed one; what is behind the end is overwritten.
fn remove_row<T: Copy>(rows: &mut Vec<T>, row: usize, last: usize, width: usize, nothing: T) {
    rows.copy_within(last * width.., row * width);
    rows[last * width..].fill(nothing);
    rows.truncate(last * width);
}

/// To the letter what `FeatureVector::similarity` gives.
fn similarity(a: &[f32], b: &[f32]) -> f32 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    dot.clamp(-1.0, 1.0) as f32
}
