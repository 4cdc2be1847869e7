//! Do all media show the same person?

use super::{Evidence, Judgement, failure};
use crate::face::{Calibration, ComparisonDecision, ComparisonScore, FeatureVector};
use crate::folder::{AnalysisParams, AnalysisResults, MatchFinding, MediaResult, Resolution};
use crate::storage::Failure;

/// Every pair is compared; the least similar one decides.
pub(super) fn judge(params: &AnalysisParams, media: &[Evidence<'_>], calibration: &Calibration) -> Judgement {
    let features: Result<Vec<_>, Failure> = media.iter().map(Evidence::features).collect();
    let features = features?;
    let mut all = Spread::default();
    let mut each = vec![Spread::default(); media.len()];
    for (i, a) in features.iter().enumerate() {
        for (j, b) in features.iter().enumerate().skip(i + 1) {
            let score = compare(a, b, calibration)?;
            all.add(score);
            each[i].add(score);
            each[j].add(score);
        }
    }
    let results: Result<Vec<_>, Failure> =
        media.iter().zip(each).map(|(evidence, spread)| result(evidence, spread)).collect();
    let resolution = all.least.map_or(Resolution::Declined, |least| meaning(least.decide(params.threshold)));
    let results = AnalysisResults { media: results?, scores: all.finding(), ..Default::default() };
    Ok((resolution, results))
}

fn result(evidence: &Evidence<'_>, spread: Spread) -> Result<MediaResult, Failure> {
    Ok(MediaResult { scores: spread.finding(), ..MediaResult::of(evidence.media, evidence.subject()?) })
}

fn compare(
    a: &FeatureVector,
    b: &FeatureVector,
    calibration: &Calibration,
) -> Result<ComparisonScore, Failure> {
    let similarity = a.similarity(b).map_err(|error| failure(error.code(), error.to_string()))?;
    Ok(calibration.score(similarity))
}

fn meaning(decision: ComparisonDecision) -> Resolution {
    match decision {
        ComparisonDecision::Match => Resolution::Success,
        ComparisonDecision::Inconclusive => Resolution::OperatorRequired,
        ComparisonDecision::NonMatch => Resolution::Declined,
    }
}

/// The ends of some scores.
#[derive(Debug, Clone, Copy, Default)]
struct Spread {
    least: Option<ComparisonScore>,
    most: Option<ComparisonScore>,
}

impl Spread {
    fn add(&mut self, score: ComparisonScore) {
        if self.least.is_none_or(|least| score.value < least.value) {
            self.least = Some(score);
        }
        if self.most.is_none_or(|most| score.value > most.value) {
            self.most = Some(score);
        }
    }

    fn finding(self) -> Option<MatchFinding> {
        let (least, most) = (self.least?, self.most?);
        Some(MatchFinding { min: f64::from(least.value), max: f64::from(most.value) })
    }
}
