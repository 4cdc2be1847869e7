//! One-to-many search: index queries, scoring and candidate lists.

use serde::{Deserialize, Serialize};

use super::port::VectorIndex;
use super::{CollectionId, Reference, ReferenceId, SubjectId};
use crate::Result;
use crate::face::{Calibration, ComparisonDecision, ComparisonScore, FeatureVector, Threshold};

/// Bisection steps that narrow the interval -1..=1 down to the precision of `f32`.
const HALVINGS: usize = 32;

/// Indexed part of a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexEntry {
    /// ID of the reference.
    pub reference: ReferenceId,
    /// Subject of the reference.
    pub subject: SubjectId,
    /// Feature vector to compare probes with.
    pub template: FeatureVector,
}

impl From<&Reference> for IndexEntry {
    fn from(reference: &Reference) -> Self {
        Self { reference: reference.id, subject: reference.subject, template: reference.template.clone() }
    }
}

/// Query to an index, in terms of the model's cosine similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexQuery {
    /// Maximum number of subjects to return.
    pub limit: usize,
    /// Minimum cosine similarity, -1..=1, inclusive.
    pub min_similarity: f32,
}

impl Default for IndexQuery {
    /// The 10 nearest subjects, without a minimum similarity.
    fn default() -> Self {
        Self { limit: 10, min_similarity: -1.0 }
    }
}

/// Subject found by an index, represented by its nearest reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// ID of the subject.
    pub subject: SubjectId,
    /// The subject's most similar reference.
    pub reference: ReferenceId,
    /// Cosine similarity, -1..=1.
    pub similarity: f32,
}

/// Parameters of a one-to-many search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchQuery {
    /// Maximum length of the candidate list; `usize::MAX` for no limit, e.g. for a blacklist.
    pub limit: usize,
    /// Thresholds on the comparison score.
    pub threshold: Threshold,
    /// Whether to include non-matching subjects, up to the limit.
    pub include_non_matching: bool,
}

impl Default for SearchQuery {
    /// The 10 best matching or inconclusive candidates.
    fn default() -> Self {
        Self { limit: 10, threshold: Threshold::default(), include_non_matching: false }
    }
}

/// One candidate of a one-to-many search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// ID of the subject.
    pub subject: SubjectId,
    /// The subject's most similar reference.
    pub reference: ReferenceId,
    /// Comparison score of the probe with that reference.
    pub score: ComparisonScore,
    /// Decision at the threshold of the search.
    pub decision: ComparisonDecision,
}

/// Result of a one-to-many search: distinct subjects, best first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CandidateList {
    /// Candidates by descending score; ties are ordered by subject ID.
    pub candidates: Vec<Candidate>,
}

impl CandidateList {
    /// Best candidate, if it is a match.
    #[must_use]
    pub fn best_match(&self) -> Option<&Candidate> {
        self.candidates.first().filter(|candidate| candidate.decision == ComparisonDecision::Match)
    }
}

/// Searches a collection for the subjects most similar to a probe. CPU-bound; runs on the calling thread
/// without I/O.
///
/// # Errors
/// `analysis.incomparable_features` when the length of the probe differs from that of its model's other
/// vectors.
pub fn identify(
    index: &dyn VectorIndex,
    collection: CollectionId,
    probe: &FeatureVector,
    calibration: &Calibration,
    query: &SearchQuery,
) -> Result<CandidateList> {
    let index_query = IndexQuery { limit: query.limit, min_similarity: min_similarity(calibration, query) };
    let neighbours = index.search(collection, probe, &index_query)?;

    let candidates = neighbours
        .into_iter()
        .map(|near| {
            let score = calibration.score(near.similarity);
            let decision = score.decide(query.threshold);
            Candidate { subject: near.subject, reference: near.reference, score, decision }
        })
        .filter(|found| query.include_non_matching || found.decision != ComparisonDecision::NonMatch)
        .collect();
    Ok(CandidateList { candidates })
}

/// A similarity below which every candidate is a non-match. Found by bisection, as scores increase with
/// similarity.
fn min_similarity(calibration: &Calibration, query: &SearchQuery) -> f32 {
    let is_non_match =
        |similarity| calibration.score(similarity).decide(query.threshold) == ComparisonDecision::NonMatch;
    let (mut below, mut above) = (-1.0_f32, 1.0_f32);
    if query.include_non_matching || !is_non_match(below) {
        return below;
    }

    for _ in 0..HALVINGS {
        let middle = (below + above) / 2.0;
        if is_non_match(middle) { below = middle } else { above = middle }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_query_covers_every_candidate_from_the_threshold_on() {
        let calibration = Calibration::uncalibrated(0.3, 9.0).unwrap();
        let min = |low, include_non_matching| {
            let threshold = Threshold::new(low, 0.9).unwrap();
            let query = SearchQuery { threshold, include_non_matching, ..Default::default() };
            min_similarity(&calibration, &query)
        };

        assert!((min(0.5, false) - 0.3).abs() < 1e-5);
        assert!(calibration.score(min(0.8, false)).value < 0.8, "a candidate at the threshold is not lost");
        assert_eq!(min(0.5, true), -1.0);
        assert_eq!(min(0.0, false), -1.0);
    }
}
