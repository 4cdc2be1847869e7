//! Common parts of the four kinds of evaluation.

use oz::core::evaluation::{Bootstrap, SplitMix64};
use oz::core::inference::ModelId;
use oz::{FeatureVector, Oz};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::document::VariantReport;
use crate::manifest::Unit;
use crate::variant::{About, Loaded};
use crate::work::Outcome;

/// Kind of evaluation: [`Verify`](crate::Verify), [`Identify`](crate::Identify), [`Pad`](crate::Pad) or
/// [`Quality`](crate::Quality).
///
/// The trait is sealed: it cannot be implemented outside this crate.
pub trait Kind: Procedure {}

/// Steps of an evaluation: process units, score the answers, compute rates.
///
/// The steps are separate so that an interrupted evaluation repeats no inference and a finished one can be
/// rated again with other settings.
pub trait Procedure: Sync {
    /// Answer of the models to one unit, kept in the work file while the evaluation runs.
    type Answer: Clone + Serialize + DeserializeOwned + Send;
    /// Scores of all units, kept in the work file when the evaluation has finished.
    type Scored: Clone + Serialize + DeserializeOwned;

    /// Name of the kind in documents.
    const NAME: &'static str;

    /// Resampling unit of the bootstrap, in words.
    fn groups(&self) -> String;

    /// Units to process.
    fn units(&self) -> Vec<&Unit>;

    /// Name of the model that yields the score.
    fn model(&self, about: &About) -> String {
        about.features.clone()
    }

    /// Processes one unit.
    fn answer(&self, oz: &Oz, unit: &Unit) -> Result<Self::Answer>;

    /// Scores all units; `outcomes` has the order of [`Procedure::units`].
    fn score(&self, loaded: &Loaded, outcomes: &[&Outcome<Self::Answer>]) -> Result<Self::Scored>;

    /// Names of the columns of `scores.csv` that depend on the kind.
    fn columns(&self) -> Vec<String>;

    /// Rows of `scores.csv`, one cell for each of [`Procedure::columns`].
    fn rows(&self, scored: &Self::Scored) -> Vec<Vec<String>>;

    /// Computes the metrics.
    fn evaluate(&self, about: &About, scored: &Self::Scored, settings: &Settings) -> Result<VariantReport>;
}

/// Settings of the computation of rates.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Method of the confidence intervals.
    pub bootstrap: Bootstrap,
    /// Seed of the bootstrap. Each metric uses the same samples, so variants are compared on the same
    /// samples.
    pub seed: u64,
    /// Decision threshold on the calibrated score or the PAD score, above 0 and below 1; `None` for the
    /// default of `oz`.
    pub threshold: Option<f64>,
}

impl Default for Settings {
    /// 1000 bootstrap samples, 95 % confidence, seed 1, default threshold.
    fn default() -> Self {
        Self { bootstrap: Bootstrap::default(), seed: 1, threshold: None }
    }
}

impl Settings {
    /// Random numbers of the bootstrap, from the start.
    pub(crate) fn random(&self) -> SplitMix64 {
        SplitMix64::new(self.seed)
    }
}

/// Feature vector in the work file, stored without loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredFeatures {
    space: String,
    /// Bit patterns of the `f32` values, eight hexadecimal digits each.
    values: String,
}

impl From<&FeatureVector> for StoredFeatures {
    fn from(features: &FeatureVector) -> Self {
        let values = features.values().iter().map(|value| format!("{:08x}", value.to_bits())).collect();
        Self { space: features.model().to_string(), values }
    }
}

impl StoredFeatures {
    /// Decodes the vector.
    ///
    /// # Errors
    /// `input.invalid_value` when the values are not hexadecimal digits of finite numbers.
    pub(crate) fn vector(&self) -> Result<FeatureVector> {
        let value = |digits: &[u8]| {
            let digits = std::str::from_utf8(digits).ok()?;
            u32::from_str_radix(digits, 16).ok().map(f32::from_bits)
        };
        // An unreadable value becomes NaN, which `normalized` refuses.
        let values = self.values.as_bytes().chunks(8).map(|digits| value(digits).unwrap_or(f32::NAN));
        Ok(FeatureVector::normalized(ModelId::new(&self.space), values.collect())?)
    }
}

/// Formats a score for `scores.csv`; a missing score is an empty cell.
pub(crate) fn cell(score: Option<f64>) -> String {
    score.map_or(String::new(), |score| format!("{score}"))
}

/// Converts through the shortest decimal representation: `0.1_f32` becomes `0.1`, not `0.10000000149…`.
pub(crate) fn exact(score: f32) -> f64 {
    score.to_string().parse().unwrap_or(f64::from(score))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_features_are_decoded_without_loss() {
        let values: Vec<f32> = (1..200).map(|i| (i as f32).sin()).collect();
        let vector = FeatureVector::normalized(ModelId::new("m"), values).unwrap();
        let again = StoredFeatures::from(&vector).vector().unwrap();
        assert!((again.similarity(&vector).unwrap() - 1.0).abs() < 1e-7);
        let broken = StoredFeatures { space: "m".into(), values: "not hex".into() };
        assert_eq!(broken.vector().unwrap_err().code(), "input.invalid_value");
    }

    #[test]
    fn scores_keep_their_decimal_digits() {
        assert_eq!(exact(0.1), 0.1);
        assert_eq!(cell(Some(exact(0.3))), "0.3");
    }
}
