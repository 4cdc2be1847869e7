//! Feature vectors.

use std::fmt;
use std::sync::Arc;

use crate::inference::ModelId;
use crate::{Error, Result};

/// Biometric features of one face, as extracted by one model. Cheap to clone; `Debug` shows model and length
/// only.
///
/// The Euclidean norm is 1, so the dot product of two vectors is their cosine similarity, -1..=1. All vectors
/// of one model have the same length; vectors of different models are not comparable.
///
/// ```
/// use oz_core::face::FeatureVector;
/// use oz_core::inference::ModelId;
///
/// let vector = |model, values| FeatureVector::normalized(ModelId::new(model), values);
/// let (probe, reference) = (vector("toy", vec![3.0, 4.0])?, vector("toy", vec![4.0, 3.0])?);
/// assert_eq!(probe.values(), [0.6, 0.8]);
/// assert!((probe.similarity(&reference)? - 0.96).abs() < 1e-6);
///
/// let other = vector("other", vec![3.0, 4.0])?;
/// assert_eq!(probe.similarity(&other).unwrap_err().code(), "analysis.incomparable_features");
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct FeatureVector {
    model: ModelId,
    values: Arc<[f32]>,
}

impl FeatureVector {
    /// Creates a vector from raw model output by scaling it to norm 1.
    ///
    /// # Errors
    /// `input.invalid_value` when `values` is empty, not finite or all zero.
    pub fn normalized(model: ModelId, mut values: Vec<f32>) -> Result<Self> {
        let norm = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm < 1e-12 {
            return Err(Error::InvalidValue {
                name: "features",
                detail: format!("must have a finite, positive norm, not {norm}"),
            });
        }
        values.iter_mut().for_each(|v| *v = (f64::from(*v) / norm) as f32);
        Ok(Self { model, values: values.into() })
    }

    /// Restores a stored vector. Values of norm 1 are kept bit for bit, others are scaled.
    ///
    /// # Errors
    /// As [`FeatureVector::normalized`].
    pub fn restored(model: ModelId, values: Vec<f32>) -> Result<Self> {
        let norm = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if (norm - 1.0).abs() < 1e-4 {
            return Ok(Self { model, values: values.into() });
        }
        Self::normalized(model, values)
    }

    /// Model that extracted the vector.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Values, of norm 1.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Cosine similarity, -1..=1. Symmetric.
    ///
    /// # Errors
    /// `analysis.incomparable_features` when the vectors differ in model or length.
    pub fn similarity(&self, other: &Self) -> Result<f32> {
        if self.model != other.model || self.values.len() != other.values.len() {
            return Err(Error::IncomparableFeatures {
                left: self.model.to_string(),
                right: other.model.to_string(),
            });
        }
        let dot: f64 =
            self.values.iter().zip(&*other.values).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        Ok(dot.clamp(-1.0, 1.0) as f32)
    }
}

/// Serialised form.
#[derive(serde::Serialize, serde::Deserialize)]
struct Plain {
    model: ModelId,
    values: Vec<f32>,
}

impl serde::Serialize for FeatureVector {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        Plain { model: self.model.clone(), values: self.values.to_vec() }.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for FeatureVector {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let Plain { model, values } = Plain::deserialize(deserializer)?;
        Self::restored(model, values).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for FeatureVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FeatureVector({}, {} values)", self.model, self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vector(model: &str, values: &[f32]) -> FeatureVector {
        FeatureVector::normalized(ModelId::new(model), values.to_vec()).unwrap()
    }

    #[test]
    fn vectors_of_different_models_are_incomparable() {
        let error = vector("one", &[1.0, 0.0]).similarity(&vector("two", &[1.0, 0.0])).unwrap_err();
        assert_eq!(error.code(), "analysis.incomparable_features");
    }

    #[test]
    fn values_without_direction_are_refused() {
        for values in [vec![], vec![0.0; 4], vec![f32::NAN, 1.0]] {
            assert_eq!(
                FeatureVector::normalized(ModelId::new("m"), values).unwrap_err().code(),
                "input.invalid_value"
            );
        }
    }

    #[test]
    fn serialised_form_round_trips_bit_for_bit() {
        let vector = vector("m", &[0.3, -0.7, 0.123_456_79]);
        let text = serde_json::to_string(&vector).unwrap();
        assert_eq!(serde_json::from_str::<FeatureVector>(&text).unwrap(), vector);
        assert!(serde_json::from_str::<FeatureVector>(r#"{"model": "m", "values": [0.0]}"#).is_err());
    }

    proptest! {
        #[test]
        fn similarity_is_symmetric_and_one_with_itself(
            a in prop::collection::vec(-9.0f32..9.0, 8),
            b in prop::collection::vec(-9.0f32..9.0, 8),
        ) {
            prop_assume!(a.iter().any(|v| v.abs() > 0.1) && b.iter().any(|v| v.abs() > 0.1));
            let (a, b) = (vector("m", &a), vector("m", &b));
            prop_assert_eq!(a.similarity(&b).unwrap(), b.similarity(&a).unwrap());
            prop_assert!((a.similarity(&a).unwrap() - 1.0).abs() < 1e-5);
        }
    }
}
