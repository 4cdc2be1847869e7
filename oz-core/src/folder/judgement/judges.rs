//! The judges of a service, by kind of analysis.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::liveness::LivenessJudge;
use super::matching::MatchingJudge;
use super::port::AnalysisJudge;
use super::search::SearchJudge;
use super::{Evidence, Judgement, JudgementError, record_engine_and_models};
use crate::face::Calibration;
use crate::folder::{AnalysisKind, AnalysisParams, CustomKind};

/// One judge per kind of analysis. By default those of the built-in kinds.
#[derive(Debug, Clone)]
pub struct Judges {
    by_kind: BTreeMap<AnalysisKind, Arc<dyn AnalysisJudge>>,
}

impl Default for Judges {
    fn default() -> Self {
        let none = Self { by_kind: BTreeMap::new() };
        none.with(Arc::new(LivenessJudge)).with(Arc::new(MatchingJudge)).with(Arc::new(SearchJudge))
    }
}

impl Judges {
    /// Adds a judge. It replaces the judge of the same kind.
    #[must_use]
    pub fn with(mut self, judge: Arc<dyn AnalysisJudge>) -> Self {
        self.by_kind.insert(judge.kind(), judge);
        self
    }

    /// Judge of a kind.
    #[must_use]
    pub fn of(&self, kind: AnalysisKind) -> Option<&Arc<dyn AnalysisJudge>> {
        self.by_kind.get(&kind)
    }

    /// Kinds added by the application, sorted by name.
    #[must_use]
    pub fn custom_kinds(&self) -> Vec<CustomKind> {
        let custom = |kind: &AnalysisKind| match kind {
            AnalysisKind::Custom(kind) => Some(*kind),
            _ => None,
        };
        self.by_kind.keys().filter_map(custom).collect()
    }

    /// Computes the outcome of one analysis. `calibration` must belong to the model that extracted the
    /// features.
    ///
    /// # Errors
    /// `analysis.no_judge` for a kind without a judge; `analysis.too_few_media`; errors of the judge.
    pub fn judge(
        &self,
        kind: AnalysisKind,
        params: &AnalysisParams,
        media: &[Evidence<'_>],
        calibration: &Calibration,
    ) -> Judgement {
        let judge = self.of(kind).ok_or(JudgementError::NoJudge { kind })?;
        let required = judge.min_media();
        if media.len() < required {
            return Err(JudgementError::TooFewMedia { kind, required });
        }

        let (resolution, mut results) = judge.judge(params, media, calibration)?;
        record_engine_and_models(&mut results, media);
        Ok((resolution, results))
    }
}
