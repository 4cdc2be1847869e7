//! Rules that turn examined media into the resolution and results of an analysis. Pure functions without I/O.
//!
//! Invariants: the order of the media affects neither resolution nor scores; media without proof of liveness
//! do not pass; an analysis fails if one of its media lacks a required input, and the message names that
//! media.

mod error;
mod liveness;
mod matching;
mod search;
#[cfg(test)]
mod tests;

pub use error::JudgementError;
pub use liveness::spoofing;

use super::{AnalysisKind, AnalysisParams, AnalysisResults, MediaId, MediaResult, Resolution};
use crate::analysis::{Examination, SubjectExamination};
use crate::collection::Candidate;
use crate::face::{Calibration, FeatureVector};
use crate::storage::{BlobKey, Failure};

/// Input of an analysis for one media item.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// ID of the media.
    pub media: MediaId,
    /// Examination of the media, or the failure to examine it.
    pub examination: Result<&'a Examination, &'a Failure>,
    /// Key of the best shot, if stored.
    pub best_shot: Option<BlobKey>,
    /// Search: candidates found for the media, in any order.
    pub candidates: &'a [Candidate],
}

/// Outcome of an analysis.
type Judgement = Result<(Resolution, AnalysisResults), JudgementError>;

/// Computes the outcome of one analysis. `calibration` must belong to the model that extracted the features.
///
/// # Errors
/// The code of a failed examination; `analysis.too_few_media`; `analysis.no_face`; `analysis.no_features`;
/// `analysis.incomparable_features`.
pub fn judge(
    kind: AnalysisKind,
    params: &AnalysisParams,
    media: &[Evidence<'_>],
    calibration: &Calibration,
) -> Judgement {
    ensure_enough_media(kind, media)?;

    let (resolution, mut results) = match kind {
        AnalysisKind::Liveness => liveness::judge(params, media),
        AnalysisKind::Matching => matching::judge(params, media, calibration),
        AnalysisKind::Search => search::judge(params, media),
    }?;

    record_engine_and_models(&mut results, media);
    Ok((resolution, results))
}

impl<'a> Evidence<'a> {
    fn examination(&self) -> Result<&'a Examination, JudgementError> {
        let media = self.media;
        self.examination.map_err(|failure| JudgementError::Examination { media, failure: failure.clone() })
    }

    fn subject(&self) -> Result<&'a SubjectExamination, JudgementError> {
        let subject = self.examination()?.subject.as_ref();
        subject.ok_or(JudgementError::NoFace { media: self.media })
    }

    fn features(&self) -> Result<&'a FeatureVector, JudgementError> {
        let features = self.subject()?.features.as_ref();
        features.ok_or(JudgementError::NoFeatures { media: self.media })
    }
}

impl MediaResult {
    /// A result with only the ID and quality filled in.
    fn of(media: MediaId, subject: &SubjectExamination) -> Self {
        Self {
            media,
            liveness: None,
            best_shot: None,
            quality: Some(subject.quality),
            gestures: Vec::new(),
            scores: None,
            candidates: Vec::new(),
        }
    }
}

fn ensure_enough_media(kind: AnalysisKind, media: &[Evidence<'_>]) -> Result<(), JudgementError> {
    let required = match kind {
        AnalysisKind::Liveness | AnalysisKind::Search => 1,
        AnalysisKind::Matching => 2,
    };
    if media.len() < required {
        return Err(JudgementError::TooFewMedia { kind, required });
    }
    Ok(())
}

fn record_engine_and_models(results: &mut AnalysisResults, media: &[Evidence<'_>]) {
    let examinations = || media.iter().filter_map(|evidence| evidence.examination.ok());
    results.engine = examinations().next().map(|examination| examination.engine.clone());

    for model in examinations().flat_map(|examination| &examination.models).map(ToString::to_string) {
        if !results.models.contains(&model) {
            results.models.push(model);
        }
    }
}
