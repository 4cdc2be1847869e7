//! Search 1:N: what is asked, what an index finds, what it means.

use serde::{Deserialize, Serialize};

use super::port::VectorIndex;
use super::{CollectionId, Reference, ReferenceId, SubjectId};
use crate::Result;
use crate::face::{Calibration, ComparisonDecision, ComparisonScore, FeatureVector, Threshold};

/// Steps that narrow the similarities -1..=1 down to one of `f32`'s.
const HALVINGS: usize = 32;

/// What an index keeps of a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexEntry {
    /// Which reference.
    pub reference: ReferenceId,
    /// Whose.
    pub subject: SubjectId,
    /// What probes are compared with.
    pub template: FeatureVector,
}

impl From<&Reference> for IndexEntry {
    fn from(reference: &Reference) -> Self {
        Self { reference: reference.id, subject: reference.subject, template: reference.template.clone() }
    }
}

/// What is asked of an index, in the model's own similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexQuery {
    /// Most subjects to give.
    pub limit: usize,
    /// Least cosine similarity, -1..=1, this one included.
    pub min_similarity: f32,
}

impl Default for IndexQuery {
    /// The 10 nearest, however far.
    fn default() -> Self {
        Self { limit: 10, min_similarity: -1.0 }
    }
}

/// A subject that an index found, by the nearest reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Who.
    pub subject: SubjectId,
    /// The subject's reference that is most alike.
    pub reference: ReferenceId,
    /// Cosine similarity, -1..=1.
    pub similarity: f32,
}

/// What is asked of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchQuery {
    /// Most candidates to give; `usize::MAX` for every one, e.g. for a blacklist.
    pub limit: usize,
    /// Where a match begins.
    pub threshold: Threshold,
    /// Whether subjects that do not match are given too, down to the limit.
    pub include_non_matching: bool,
}

impl Default for SearchQuery {
    /// The 10 best of those who match or might.
    fn default() -> Self {
        Self { limit: 10, threshold: Threshold::default(), include_non_matching: false }
    }
}

/// A subject who may be the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub subject: SubjectId,
    /// The subject's reference that is most alike.
    pub reference: ReferenceId,
    /// How alike.
    pub score: ComparisonScore,
    /// What that means at the threshold of the search.
    pub decision: ComparisonDecision,
}

/// The answer to a search: subjects, best first, each once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CandidateList {
    /// Subjects with equal scores stand in the order of their ids.
    pub candidates: Vec<Candidate>,
}

impl CandidateList {
    /// The best candidate, if it is a match.
    #[must_use]
    pub fn best_match(&self) -> Option<&Candidate> {
        self.candidates.first().filter(|candidate| candidate.decision == ComparisonDecision::Match)
    }
}

/// Finds the subjects of a collection that a probe may belong to. Works on the calling thread, without I/O.
///
/// # Errors
/// `analysis.incomparable_features` when the probe's length is not that of its model's vectors.
pub fn identify(
    index: &dyn VectorIndex,
    collection: CollectionId,
    probe: &FeatureVector,
    calibration: &Calibration,
    query: &SearchQuery,
) -> Result<CandidateList> {
    let wanted = |decision| query.include_non_matching || decision != ComparisonDecision::NonMatch;
    let index_query = IndexQuery { limit: query.limit, min_similarity: least_similarity(calibration, query) };
    let neighbours = index.search(collection, probe, &index_query)?;
    let candidates = neighbours.into_iter().map(|near| {
        let score = calibration.score(near.similarity);
        let decision = score.decide(query.threshold);
        Candidate { subject: near.subject, reference: near.reference, score, decision }
    });
    Ok(CandidateList { candidates: candidates.filter(|candidate| wanted(candidate.decision)).collect() })
}

/// A similarity below which no candidate is wanted, found by halving: scores grow with similarity.
fn least_similarity(calibration: &Calibration, query: &SearchQuery) -> f32 {
    let unwanted =
        |similarity| calibration.score(similarity).decide(query.threshold) == ComparisonDecision::NonMatch;
    let (mut below, mut above) = (-1.0_f32, 1.0_f32);
    if query.include_non_matching || !unwanted(below) {
        return below;
    }
    for _ in 0..HALVINGS {
        let middle = (below + above) / 2.0;
        if unwanted(middle) { below = middle } else { above = middle }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_asked_for_no_less_than_what_is_wanted() {
        let calibration = Calibration { center: 0.3, slope: 9.0, points: Vec::new() };
        let least = |low, include_non_matching| {
            let threshold = Threshold::new(low, 0.9).unwrap();
            least_similarity(
                &calibration,
                &SearchQuery { threshold, include_non_matching, ..Default::default() },
            )
        };
        assert!((least(0.5, false) - 0.3).abs() < 1e-5);
        assert!(calibration.score(least(0.8, false)).value < 0.8, "a candidate at the threshold is not lost");
        assert_eq!(least(0.5, true), -1.0);
        assert_eq!(least(0.0, false), -1.0);
    }
}
