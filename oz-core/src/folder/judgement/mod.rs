//! From what was found in media to what it means for a case: rules without I/O, the same wherever analyses are answered.
//!
//! Invariants: the order of the media changes neither resolution nor scores; what is not proven is not passed; an
//! analysis that lacks something of one of its media fails, and says of which.

mod liveness;
mod matching;
mod search;
#[cfg(test)]
mod tests;

pub use liveness::spoofing;

use super::{AnalysisKind, AnalysisParams, AnalysisResults, MediaId, MediaResult, Resolution};
use crate::analysis::{Examination, SubjectExamination};
use crate::collection::Candidate;
use crate::face::{Calibration, FeatureVector};
use crate::storage::{BlobKey, Failure};

/// What is known of one of the media that an analysis looks at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Which.
    pub media: MediaId,
    /// What was found in it, or why it could not be examined.
    pub examination: Result<&'a Examination, &'a Failure>,
    /// Where its best shot is kept, if it is.
    pub best_shot: Option<BlobKey>,
    /// Who was found by it, in any order; for searches.
    pub candidates: &'a [Candidate],
}

/// An answer, or why there is none.
type Judgement = Result<(Resolution, AnalysisResults), Failure>;

/// Answers one analysis. `calibration` is that of the model that took the features.
///
/// # Errors
/// A failure with the code of the examination that failed; `analysis.too_few_media`; `analysis.no_face`;
/// `analysis.no_features`; `analysis.incomparable_features`.
pub fn judge(
    kind: AnalysisKind,
    params: &AnalysisParams,
    media: &[Evidence<'_>],
    calibration: &Calibration,
) -> Judgement {
    demand_enough(kind, media)?;
    let (resolution, mut results) = match kind {
        AnalysisKind::Liveness => liveness::judge(params, media),
        AnalysisKind::Matching => matching::judge(params, media, calibration),
        AnalysisKind::Search => search::judge(params, media),
    }?;
    name_the_makers(&mut results, media);
    Ok((resolution, results))
}

impl<'a> Evidence<'a> {
    fn examination(&self) -> Result<&'a Examination, Failure> {
        self.examination.map_err(|failure| {
            let message = format!("{:?} could not be examined: {}", self.media, failure.message);
            Failure { code: failure.code.clone(), message }
        })
    }

    fn subject(&self) -> Result<&'a SubjectExamination, Failure> {
        let subject = self.examination()?.subject.as_ref();
        subject.ok_or_else(|| {
            failure(Failure::NO_FACE, format!("no face located on source media {}", self.media))
        })
    }

    fn features(&self) -> Result<&'a FeatureVector, Failure> {
        let features = self.subject()?.features.as_ref();
        features.ok_or_else(|| failure(Failure::NO_FEATURES, format!("no features of {:?}", self.media)))
    }
}

impl MediaResult {
    /// Nothing but the name and quality of the media.
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

fn demand_enough(kind: AnalysisKind, media: &[Evidence<'_>]) -> Result<(), Failure> {
    let (least, question) = match kind {
        AnalysisKind::Liveness => (1, "liveness"),
        AnalysisKind::Matching => (2, "matching"),
        AnalysisKind::Search => (1, "search"),
    };
    if media.len() < least {
        return Err(failure(Failure::TOO_FEW_MEDIA, format!("{question} needs at least {least} media")));
    }
    Ok(())
}

fn name_the_makers(results: &mut AnalysisResults, media: &[Evidence<'_>]) {
    let examinations = || media.iter().filter_map(|evidence| evidence.examination.ok());
    results.engine = examinations().next().map(|examination| examination.engine.clone());
    let models = examinations().flat_map(|examination| &examination.models).map(ToString::to_string);
    for model in models {
        if !results.models.contains(&model) {
            results.models.push(model);
        }
    }
}

fn failure(code: &str, message: String) -> Failure {
    Failure { code: code.into(), message }
}
