//! Liveness: every media item must show a live person.

use super::port::AnalysisJudge;
use super::{Evidence, Judgement, JudgementError};
use crate::account::AnalysisRights;
use crate::analysis::SubjectExamination;
use crate::face::Calibration;
use crate::face::pad::PadVerdict;
use crate::folder::{
    AnalysisKind, AnalysisParams, AnalysisResults, LivenessFinding, MediaResult, Resolution,
};
use crate::license::Feature;

/// Lowest attack score of a presentation that was not found to be bona fide.
const HALF: f64 = 0.5;

/// Attack score of a presentation, 0..=1, where `score` is the bona fide score.
///
/// The result is below 0.5 only for a bona fide verdict, so that a presentation never passes for lack of
/// evidence.
#[must_use]
pub fn spoofing(verdict: PadVerdict, score: f32) -> f64 {
    let attack = 1.0 - f64::from(score);
    match verdict {
        PadVerdict::BonaFide => attack.clamp(0.0, HALF.next_down()),
        PadVerdict::Attack | PadVerdict::Inconclusive => attack.clamp(HALF, 1.0),
    }
}

/// Declines the analysis if the highest attack score over all media reaches the threshold.
#[derive(Debug)]
pub(super) struct LivenessJudge;

impl AnalysisJudge for LivenessJudge {
    fn kind(&self) -> AnalysisKind {
        AnalysisKind::Liveness
    }

    fn min_media(&self) -> usize {
        1
    }

    fn is_permitted(&self, rights: AnalysisRights) -> bool {
        rights.liveness
    }

    fn feature(&self) -> Option<Feature> {
        Some(Feature::Liveness)
    }

    fn judge(&self, params: &AnalysisParams, media: &[Evidence<'_>], _: &Calibration) -> Judgement {
        judge(params, media)
    }
}

fn judge(params: &AnalysisParams, media: &[Evidence<'_>]) -> Judgement {
    let found: Result<Vec<_>, JudgementError> =
        media.iter().map(|evidence| finding(params, evidence)).collect();
    let found = found?;
    let worst = found
        .iter()
        .filter_map(|result| result.liveness.as_ref())
        .map(|finding| finding.spoofing)
        .fold(0.0, f64::max);

    // `<` declines on a threshold of NaN as well.
    let passed = worst < params.spoofing_threshold;
    let resolution = if passed { Resolution::Success } else { Resolution::Declined };
    Ok((resolution, AnalysisResults { media: found, spoofing: Some(worst), ..Default::default() }))
}

fn finding(params: &AnalysisParams, evidence: &Evidence<'_>) -> Result<MediaResult, JudgementError> {
    let subject = evidence.subject()?;
    Ok(MediaResult {
        liveness: Some(liveness(subject)),
        best_shot: evidence.best_shot.filter(|_| params.best_shot),
        gestures: subject.gestures.clone(),
        ..MediaResult::of(evidence.media, subject)
    })
}

fn liveness(subject: &SubjectExamination) -> LivenessFinding {
    LivenessFinding {
        spoofing: spoofing(subject.verdict, subject.score),
        verdict: subject.verdict,
        reasons: subject.reasons.clone(),
        evidence: subject.evidence.clone(),
    }
}
