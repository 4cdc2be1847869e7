//! What the four kinds of evaluation have in common.

use crate::Result;
use oz::core::evaluation::{Bootstrap, SplitMix64};
use oz::core::inference::ModelId;
use oz::{FeatureVector, Oz};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::document::Findings;
use crate::manifest::Unit;
use crate::variant::{About, Loaded};
use crate::work::Outcome;

/// One kind of evaluation. What is asked of the models is kept apart from what is made of it, so that an interrupted
/// evaluation need not ask again.
pub trait Kind: Sync {
    /// What the models say of a unit.
    type Answer: Clone + Serialize + DeserializeOwned + Send;
    /// What rates are computed from.
    type Scored: Clone + Serialize + DeserializeOwned;
    /// Name in documents.
    const NAME: &'static str;
    /// What the bootstrap draws as a whole, in words.
    fn groups(&self) -> String;
    /// What is shown to the models.
    fn units(&self) -> Vec<&Unit>;
    /// Which model the score is of.
    fn model(&self, about: &About) -> String {
        about.features.clone()
    }
    /// Asks the models.
    fn answer(&self, oz: &Oz, unit: &Unit) -> Result<Self::Answer>;
    /// Scores of all units together.
    fn score(&self, loaded: &Loaded, outcomes: &[&Outcome<Self::Answer>]) -> Result<Self::Scored>;
    /// Names of the columns of `scores.csv`.
    fn columns(&self) -> Vec<String>;
    /// Rows of `scores.csv`.
    fn rows(&self, scored: &Self::Scored) -> Vec<Vec<String>>;
    /// Rates.
    fn evaluate(&self, about: &About, scored: &Self::Scored, settings: &Settings) -> Result<Findings>;
}

/// How rates are computed.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How intervals are made.
    pub bootstrap: Bootstrap,
    /// Where draws start: the same for every rate, so that variants are compared on the same draws.
    pub seed: u64,
    /// The threshold that decides; that of the product if not given.
    pub threshold: Option<f64>,
}

impl Settings {
    /// A fresh source of draws.
    pub fn random(&self) -> SplitMix64 {
        SplitMix64::new(self.seed)
    }
}

/// A feature vector as it stands in the work file: exact, and not to be read by accident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredFeatures {
    space: String,
    /// Bits of the values in hexadecimal digits.
    values: String,
}

impl From<&FeatureVector> for StoredFeatures {
    fn from(features: &FeatureVector) -> Self {
        let values = features.values().iter().map(|value| format!("{:08x}", value.to_bits())).collect();
        Self { space: features.model().to_string(), values }
    }
}

impl StoredFeatures {
    /// The vector.
    ///
    /// # Errors
    /// `input.invalid_value` when the text is not one of ours.
    pub fn vector(&self) -> Result<FeatureVector> {
        let digits = self.values.as_bytes().chunks(8).map(std::str::from_utf8);
        let value = |digits: std::result::Result<&str, _>| {
            digits
                .ok()
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .map_or(f32::NAN, f32::from_bits)
        };
        Ok(FeatureVector::normalized(ModelId::new(&self.space), digits.map(value).collect())?)
    }
}

/// A score as it stands in tables; empty when there is none.
pub(crate) fn cell(score: Option<f64>) -> String {
    score.map_or(String::new(), |score| format!("{score}"))
}

/// `f32` scores without the digits that only the conversion to `f64` adds.
pub(crate) fn exact(score: f32) -> f64 {
    score.to_string().parse().unwrap_or(f64::from(score))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_survive_being_stored() {
        let values: Vec<f32> = (1..200).map(|i| (i as f32).sin()).collect();
        let vector = FeatureVector::normalized(ModelId::new("m"), values).unwrap();
        let again = StoredFeatures::from(&vector).vector().unwrap();
        assert!((again.similarity(&vector).unwrap() - 1.0).abs() < 1e-7);
        let broken = StoredFeatures { space: "m".into(), values: "not hex".into() };
        assert_eq!(broken.vector().unwrap_err().code(), "input.invalid_value");
    }

    #[test]
    fn scores_keep_the_digits_that_they_have() {
        assert_eq!(exact(0.1), 0.1);
        assert_eq!(cell(Some(exact(0.3))), "0.3");
    }
}
