//! Matching: all media must show the same person.

use super::port::AnalysisJudge;
use super::{Evidence, Judgement, JudgementError};
use crate::account::AnalysisRights;
use crate::face::{Calibration, ComparisonDecision, ComparisonScore, FeatureVector};
use crate::folder::{AnalysisKind, AnalysisParams, AnalysisResults, MatchFinding, MediaResult, Resolution};
use crate::license::Feature;

/// Compares every pair of media. The lowest comparison score decides.
#[derive(Debug)]
pub(super) struct MatchingJudge;

impl AnalysisJudge for MatchingJudge {
    fn kind(&self) -> AnalysisKind {
        AnalysisKind::Matching
    }

    fn min_media(&self) -> usize {
        2
    }

    fn is_permitted(&self, rights: AnalysisRights) -> bool {
        rights.matching
    }

    fn feature(&self) -> Option<Feature> {
        Some(Feature::Verification)
    }

    fn judge(&self, params: &AnalysisParams, media: &[Evidence<'_>], calibration: &Calibration) -> Judgement {
        judge(params, media, calibration)
    }
}

fn judge(params: &AnalysisParams, media: &[Evidence<'_>], calibration: &Calibration) -> Judgement {
    let features: Result<Vec<_>, JudgementError> = media.iter().map(Evidence::features).collect();
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

    let results: Result<Vec<_>, JudgementError> =
        media.iter().zip(each).map(|(evidence, spread)| result(evidence, spread)).collect();
    let resolution =
        all.lowest.map_or(Resolution::Declined, |lowest| resolution(lowest.decide(params.threshold)));
    let results = AnalysisResults { media: results?, scores: all.finding(), ..Default::default() };
    Ok((resolution, results))
}

fn result(evidence: &Evidence<'_>, spread: Spread) -> Result<MediaResult, JudgementError> {
    Ok(MediaResult { scores: spread.finding(), ..MediaResult::of(evidence.media, evidence.subject()?) })
}

fn compare(
    a: &FeatureVector,
    b: &FeatureVector,
    calibration: &Calibration,
) -> Result<ComparisonScore, JudgementError> {
    Ok(calibration.score(a.similarity(b)?))
}

fn resolution(decision: ComparisonDecision) -> Resolution {
    match decision {
        ComparisonDecision::Match => Resolution::Success,
        ComparisonDecision::Inconclusive => Resolution::OperatorRequired,
        ComparisonDecision::NonMatch => Resolution::Declined,
    }
}

/// Running range of comparison scores.
#[derive(Debug, Clone, Copy, Default)]
struct Spread {
    lowest: Option<ComparisonScore>,
    highest: Option<ComparisonScore>,
}

impl Spread {
    fn add(&mut self, score: ComparisonScore) {
        if self.lowest.is_none_or(|lowest| score.value < lowest.value) {
            self.lowest = Some(score);
        }
        if self.highest.is_none_or(|highest| score.value > highest.value) {
            self.highest = Some(score);
        }
    }

    fn finding(self) -> Option<MatchFinding> {
        let (lowest, highest) = (self.lowest?, self.highest?);
        Some(MatchFinding { min: f64::from(lowest.value), max: f64::from(highest.value) })
    }
}
