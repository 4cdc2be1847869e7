//! Is the person among those who are looked for?

use super::{Evidence, Judgement};
use crate::collection::Candidate;
use crate::face::ComparisonDecision;
use crate::folder::{AnalysisParams, AnalysisResults, MatchFinding, MediaResult, Resolution};
use crate::storage::Failure;

/// Whoever is found on any of the media is declined. Candidates that do not match are not kept.
pub(super) fn judge(params: &AnalysisParams, media: &[Evidence<'_>]) -> Judgement {
    let found: Result<Vec<_>, Failure> = media.iter().map(|evidence| finding(params, evidence)).collect();
    let found = found?;
    let best = found.iter().filter_map(|result| result.candidates.first());
    let resolution = best.clone().map(|best| meaning(best.decision)).max().unwrap_or(Resolution::Success);
    let scores = best.map(|best| f64::from(best.score.value)).fold(None, spread);
    Ok((resolution, AnalysisResults { media: found, scores, ..Default::default() }))
}

fn finding(params: &AnalysisParams, evidence: &Evidence<'_>) -> Result<MediaResult, Failure> {
    evidence.features()?;
    let candidates = best_first(params, evidence.candidates);
    let scores = candidates.iter().map(|candidate| f64::from(candidate.score.value)).fold(None, spread);
    Ok(MediaResult { candidates, scores, ..MediaResult::of(evidence.media, evidence.subject()?) })
}

/// The wanted candidates, decided at the threshold of the analysis; equal scores in the order of the subjects' ids.
fn best_first(params: &AnalysisParams, candidates: &[Candidate]) -> Vec<Candidate> {
    let decided = candidates
        .iter()
        .map(|candidate| Candidate { decision: candidate.score.decide(params.threshold), ..*candidate });
    let mut wanted: Vec<Candidate> =
        decided.filter(|candidate| candidate.decision != ComparisonDecision::NonMatch).collect();
    wanted.sort_by(|a, b| {
        b.score
            .value
            .total_cmp(&a.score.value)
            .then(a.subject.cmp(&b.subject))
            .then(a.reference.cmp(&b.reference))
    });
    wanted.truncate(params.search.map_or(usize::MAX, |search| search.limit as usize));
    wanted
}

fn spread(so_far: Option<MatchFinding>, score: f64) -> Option<MatchFinding> {
    let old = so_far.unwrap_or(MatchFinding { min: score, max: score });
    Some(MatchFinding { min: old.min.min(score), max: old.max.max(score) })
}

fn meaning(decision: ComparisonDecision) -> Resolution {
    match decision {
        ComparisonDecision::Match => Resolution::Declined,
        ComparisonDecision::Inconclusive => Resolution::OperatorRequired,
        ComparisonDecision::NonMatch => Resolution::Success,
    }
}
