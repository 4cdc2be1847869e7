//! Port for the judges of analyses.

use std::fmt::Debug;

use super::{Evidence, Judgement};
use crate::Result;
use crate::account::AnalysisRights;
use crate::face::Calibration;
use crate::folder::{AnalysisKind, AnalysisParams};
use crate::license::Feature;
use crate::metadata::Metadata;

/// Judge of one kind of analysis: turns examined media into a resolution and results.
///
/// - Pure: the outcome depends only on the arguments, because a job may run twice, in different processes.
/// - The order of the media affects neither the resolution nor the scores.
/// - Media without a required input fail the analysis; they never make it succeed.
pub trait AnalysisJudge: Debug + Send + Sync {
    /// Kind that the judge decides.
    fn kind(&self) -> AnalysisKind;

    /// Minimum number of media. An analysis with fewer media fails with `analysis.too_few_media`.
    fn min_media(&self) -> usize;

    /// Whether a user with these rights may start an analysis of this kind.
    fn is_permitted(&self, rights: AnalysisRights) -> bool;

    /// Feature of the licence that one analysis consumes; `None` when nothing is counted.
    fn feature(&self) -> Option<Feature> {
        None
    }

    /// Checks the parameters of an analysis of a custom kind before it is accepted. By default an empty
    /// object is required, so that a misspelt parameter is an error. Judges of built-in kinds are not asked.
    ///
    /// # Errors
    /// `input.invalid_value`.
    fn check_params(&self, custom: &Metadata) -> Result<()> {
        if custom.is_empty() {
            return Ok(());
        }
        let detail = "this kind of analysis has no parameters".into();
        Err(crate::Error::InvalidValue { name: "params", detail })
    }

    /// Computes the outcome. There are at least [`min_media`](Self::min_media) media. `calibration` belongs
    /// to the model that extracted the features.
    ///
    /// # Errors
    /// The code of a failed examination; `analysis.no_face`; `analysis.no_features`;
    /// `analysis.incomparable_features`.
    fn judge(&self, params: &AnalysisParams, media: &[Evidence<'_>], calibration: &Calibration) -> Judgement;
}
