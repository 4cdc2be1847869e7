//! A comparison as plain data.

use oz_core::analysis::Comparison;
use oz_core::face::ComparisonDecision;
use serde::Serialize;

use super::{EngineInfo, rounded};

/// What `oz compare --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ComparisonReport {
    /// `oz.comparison/1`.
    pub schema: &'static str,
    /// Name of the first media.
    pub probe: String,
    /// Name of the second media.
    pub reference: String,
    /// Score and decision.
    #[serde(flatten)]
    pub result: ScoreReport,
    /// Name of the features' space.
    pub features: String,
    /// What ran the models.
    pub engine: EngineInfo,
}

/// Score and decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ScoreReport {
    /// `match`, `non_match` or `inconclusive`.
    pub decision: ComparisonDecision,
    /// Calibrated score, 0..=1.
    pub score: f64,
    /// Cosine similarity of the features, -1..=1.
    pub similarity: f64,
    /// Share of pairs of different people that reach this similarity, by the model's calibration; null when
    /// it has no operating points.
    pub fmr: Option<f64>,
}

impl ComparisonReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.comparison/1";
}

impl ScoreReport {
    /// Describes a comparison.
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
