//! Document of a comparison.

use oz_core::analysis::Comparison;
use oz_core::face::ComparisonDecision;
use serde::Serialize;

use super::{EngineInfo, rounded};

/// Document that `oz compare --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ComparisonReport {
    /// `oz.comparison/1`.
    pub schema: &'static str,
    /// Name of the probe media.
    pub probe: String,
    /// Name of the reference media.
    pub reference: String,
    /// Score and decision.
    #[serde(flatten)]
    pub result: ScoreReport,
    /// ID of the feature extraction model.
    pub features: String,
    /// Engine that ran the models.
    pub engine: EngineInfo,
}

/// Score and decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ScoreReport {
    /// `match`, `non_match` or `inconclusive`.
    pub decision: ComparisonDecision,
    /// Calibrated score, 0..=1.
    pub score: f64,
    /// Cosine similarity of the feature vectors, -1..=1.
    pub similarity: f64,
    /// False match rate at this similarity by the calibration of the model; null without operating points.
    pub fmr: Option<f64>,
}

impl ComparisonReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.comparison/1";
}

impl ScoreReport {
    /// Document of a comparison.
    #[must_use]
    pub(crate) fn new(comparison: &Comparison) -> Self {
        Self {
            decision: comparison.decision,
            score: rounded(comparison.score.value, 4),
            similarity: rounded(comparison.score.similarity, 4),
            fmr: comparison.fmr.map(|fmr| format!("{fmr:.2e}").parse().unwrap_or(fmr)),
        }
    }
}
