//! Candidate list under construction.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use oz_core::collection::{IndexQuery, Neighbour, SubjectId};

/// Best subjects seen so far, each with its best reference.
pub(super) struct Best {
    limit: usize,
    /// Least similarity that can still enter the list.
    floor: f32,
    by_subject: HashMap<SubjectId, Neighbour>,
    ranked: BTreeSet<Ranked>,
}

/// Orders by descending similarity, then by subject, then by reference.
#[derive(Clone, Copy)]
struct Ranked(Neighbour);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let nearest_first = other.0.similarity.total_cmp(&self.0.similarity);
        let subjects = self.0.subject.cmp(&other.0.subject);
        nearest_first.then(subjects).then(self.0.reference.cmp(&other.0.reference))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

impl Best {
    pub(super) fn new(query: &IndexQuery) -> Self {
        let (by_subject, ranked) = (HashMap::new(), BTreeSet::new());
        Self { limit: query.limit, floor: query.min_similarity, by_subject, ranked }
    }

    /// Least similarity that can still enter the list.
    pub(super) fn floor(&self) -> f32 {
        self.floor
    }

    pub(super) fn offer(&mut self, found: Neighbour) {
        if found.similarity < self.floor || self.limit == 0 {
            return;
        }

        if let Some(known) = self.by_subject.get(&found.subject) {
            if Ranked(*known) < Ranked(found) {
                return;
            }
            self.ranked.remove(&Ranked(*known));
        }

        self.by_subject.insert(found.subject, found);
        self.ranked.insert(Ranked(found));
        self.enforce_limit();
    }

    /// Drops the last entry above the limit and raises the floor to the similarity of the last one kept.
    fn enforce_limit(&mut self) {
        if self.ranked.len() > self.limit
            && let Some(Ranked(last)) = self.ranked.pop_last()
        {
            self.by_subject.remove(&last.subject);
        }
        if self.ranked.len() == self.limit
            && let Some(Ranked(last)) = self.ranked.last()
        {
            self.floor = self.floor.max(last.similarity);
        }
    }

    pub(super) fn into_sorted(self) -> Vec<Neighbour> {
        self.ranked.into_iter().map(|Ranked(found)| found).collect()
    }
}
