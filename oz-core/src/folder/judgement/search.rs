//! Search: the person must not be found in the collection.

use super::port::AnalysisJudge;
use super::{Evidence, Judgement, JudgementError};
use crate::account::AnalysisRights;
use crate::collection::Candidate;
use crate::face::{Calibration, ComparisonDecision};
use crate::folder::{AnalysisKind, AnalysisParams, AnalysisResults, MatchFinding, MediaResult, Resolution};

/// Declines the analysis if any of the media matches a subject. Non-matching candidates are discarded.
///
/// The licence counts searches by probe, where they are made, so that the judge consumes nothing.
#[derive(Debug)]
pub(super) struct SearchJudge;

impl AnalysisJudge for SearchJudge {
    fn kind(&self) -> AnalysisKind {
        AnalysisKind::Search
    }

    fn min_media(&self) -> usize {
        1
    }

    fn is_permitted(&self, rights: AnalysisRights) -> bool {
        rights.search
    }

    fn judge(&self, params: &AnalysisParams, media: &[Evidence<'_>], _: &Calibration) -> Judgement {
        judge(params, media)
    }
}

fn judge(params: &AnalysisParams, media: &[Evidence<'_>]) -> Judgement {
    let found: Result<Vec<_>, JudgementError> =
        media.iter().map(|evidence| finding(params, evidence)).collect();
    let found = found?;

    let best = found.iter().filter_map(|result| result.candidates.first());
    let resolution = best.clone().map(|best| resolution(best.decision)).max().unwrap_or(Resolution::Success);
    let scores = best.map(|best| f64::from(best.score.value)).fold(None, extend);
    Ok((resolution, AnalysisResults { media: found, scores, ..Default::default() }))
}

fn finding(params: &AnalysisParams, evidence: &Evidence<'_>) -> Result<MediaResult, JudgementError> {
    evidence.features()?;
    let candidates = best_first(params, evidence.candidates);
    let scores = candidates.iter().map(|candidate| f64::from(candidate.score.value)).fold(None, extend);
    Ok(MediaResult { candidates, scores, ..MediaResult::of(evidence.media, evidence.subject()?) })
}

/// The matching and inconclusive candidates at the threshold of the analysis, best first, up to the limit.
/// Ties are ordered by subject ID, then by reference ID.
fn best_first(params: &AnalysisParams, candidates: &[Candidate]) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = candidates
        .iter()
        .map(|candidate| Candidate { decision: candidate.score.decide(params.threshold), ..*candidate })
        .filter(|candidate| candidate.decision != ComparisonDecision::NonMatch)
        .collect();

    kept.sort_by(|a, b| {
        b.score
            .value
            .total_cmp(&a.score.value)
            .then(a.subject.cmp(&b.subject))
            .then(a.reference.cmp(&b.reference))
    });
    kept.truncate(params.search.map_or(usize::MAX, |search| search.limit as usize));
    kept
}

/// Extends a range of scores by one score.
fn extend(range: Option<MatchFinding>, score: f64) -> Option<MatchFinding> {
    let old = range.unwrap_or(MatchFinding { min: score, max: score });
    Some(MatchFinding { min: old.min.min(score), max: old.max.max(score) })
}

fn resolution(decision: ComparisonDecision) -> Resolution {
    match decision {
        ComparisonDecision::Match => Resolution::Declined,
        ComparisonDecision::Inconclusive => Resolution::OperatorRequired,
        ComparisonDecision::NonMatch => Resolution::Success,
    }
}
