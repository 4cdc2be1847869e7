//! Rules that turn examined media into the resolution and results of an analysis. Pure functions without I/O.
//!
//! Invariants: the order of the media affects neither resolution nor scores; media without proof of liveness
//! do not pass; an analysis fails if one of its media lacks a required input, and the message names that
//! media.

mod error;
mod judges;
mod liveness;
mod matching;
pub mod port;
mod search;
#[cfg(test)]
mod tests;

pub use error::JudgementError;
pub use judges::Judges;
pub use liveness::spoofing;

use super::{AnalysisResults, MediaId, MediaResult, Resolution};
use crate::analysis::{Examination, SubjectExamination};
use crate::collection::Candidate;
use crate::face::FeatureVector;
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
pub type Judgement = Result<(Resolution, AnalysisResults), JudgementError>;

impl<'a> Evidence<'a> {
    /// Examination of the media.
    ///
    /// # Errors
    /// The code of the failure to examine it.
    pub fn examination(&self) -> Result<&'a Examination, JudgementError> {
        let media = self.media;
        self.examination.map_err(|failure| JudgementError::Examination { media, failure: failure.clone() })
    }

    /// Examination of the subject.
    ///
    /// # Errors
    /// As [`examination`](Self::examination), and `analysis.no_face`.
    pub fn subject(&self) -> Result<&'a SubjectExamination, JudgementError> {
        let subject = self.examination()?.subject.as_ref();
        subject.ok_or(JudgementError::NoFace { media: self.media })
    }

    /// Features of the subject.
    ///
    /// # Errors
    /// As [`subject`](Self::subject), and `analysis.no_features`.
    pub fn features(&self) -> Result<&'a FeatureVector, JudgementError> {
        let features = self.subject()?.features.as_ref();
        features.ok_or(JudgementError::NoFeatures { media: self.media })
    }
}

impl MediaResult {
    /// A result with only the ID and quality filled in.
    #[must_use]
    pub fn of(media: MediaId, subject: &SubjectExamination) -> Self {
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

fn record_engine_and_models(results: &mut AnalysisResults, media: &[Evidence<'_>]) {
    let examinations = || media.iter().filter_map(|evidence| evidence.examination.ok());
    results.engine = examinations().next().map(|examination| examination.engine.clone());

    for model in examinations().flat_map(|examination| &examination.models).map(ToString::to_string) {
        if !results.models.contains(&model) {
            results.models.push(model);
        }
    }
}
