//! `oz compare`

use std::path::PathBuf;

use crate::report::{ComparisonReport, ScoreReport};
use clap::Args;
use oz::{AnalysisRequest, Comparison, Result, Threshold};

use super::setup::SetupArgs;
use super::{Answered, output, table};

/// Compare the most prominent faces of two photos or videos.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Photo or video of the person to verify
    probe: PathBuf,
    /// Photo or video of the claimed identity
    reference: PathBuf,
    /// Decision threshold, 0 to 1 (default: match from 0.85, no match below 0.5)
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f32>,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

impl CompareArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        let threshold = self.threshold.map(Threshold::sharp).transpose()?.unwrap_or_default();
        let oz = setup.oz()?;
        let probe = oz.features(&self.probe)?;
        let reference = oz.features(&self.reference)?;
        let request = AnalysisRequest { threshold, ..AnalysisRequest::default() };
        let comparison = oz.compare_features(&probe, &reference, &request)?;

        if self.json {
            output::document(&ComparisonReport {
                schema: ComparisonReport::SCHEMA,
                probe: self.probe.display().to_string(),
                reference: self.reference.display().to_string(),
                result: ScoreReport::new(&comparison),
                features: probe.model().to_string(),
                engine: oz.engine().clone(),
            })?;
        } else {
            output::text(sentence(&comparison))?;
        }
        Ok(Answered::All)
    }
}

/// Describes decision, score, similarity and false match rate in one line.
pub(crate) fn sentence(comparison: &Comparison) -> String {
    format!(
        "{}: score {:.3}, similarity {:.3}, false match rate at this score {}",
        table::decision(comparison.decision),
        comparison.score.value,
        comparison.score.similarity,
        comparison.fmr.map_or_else(|| "unknown".into(), frequency)
    )
}

/// A rate as a percentage or as "one in N", rounded to one significant digit.
fn frequency(rate: f64) -> String {
    if rate >= 0.01 {
        return format!("{:.0} %", rate * 100.0);
    }
    if rate < 1e-9 {
        return "below one in a billion".into();
    }
    let one_in = 1.0 / rate;
    let digits = 10f64.powi(one_in.log10() as i32);
    format!("about one in {:.0}", (one_in / digits).round() * digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shown_as_percentage_or_frequency() {
        assert_eq!(frequency(0.25), "25 %");
        assert_eq!(frequency(1.02e-4), "about one in 10000");
        assert_eq!(frequency(1e-12), "below one in a billion");
    }
}
