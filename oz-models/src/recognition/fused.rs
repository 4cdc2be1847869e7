//! Fusion of several extractors.

use std::sync::Arc;

use oz_core::face::port::FeatureExtractor;
use oz_core::face::{Calibration, FaceSample, FeatureVector, OperatingPoint};
use oz_core::inference::ModelId;
use oz_core::{Error, Result};

/// An extractor of a fusion and its weight.
#[derive(Debug, Clone)]
pub struct Part {
    /// The extractor.
    pub extractor: Arc<dyn FeatureExtractor>,
    /// Weight of its similarity, above 0; only the ratio between the parts matters.
    pub weight: f32,
}

impl Part {
    /// Weights an extractor by the slope of its calibration, the reciprocal of the distance between the
    /// similarities at two false match rates. Similarities are then summed according to their rarity between
    /// different people.
    #[must_use]
    pub fn by_calibration(extractor: Arc<dyn FeatureExtractor>) -> Self {
        let weight = extractor.calibration().slope();
        Self { extractor, weight }
    }
}

/// Concatenates the feature vectors of several extractors so that the similarity of two fused vectors is the
/// weighted mean of the similarities of their parts.
///
/// The weights are part of the name of the feature space, `fused(a:0.54,b:0.46)`, because vectors with other
/// weights are not comparable. The order of the parts does not matter.
#[derive(Debug, Clone)]
pub struct Fused {
    parts: Vec<Part>,
    space: ModelId,
    calibration: Calibration,
}

impl Fused {
    /// Fuses extractors; `calibration` is that of the fused space. Weights are rounded to hundredths of their
    /// sum.
    ///
    /// # Errors
    /// `input.invalid_value` when `parts` is empty, or a weight is not positive or rounds to zero.
    pub fn new(parts: Vec<Part>, calibration: Calibration) -> Result<Self> {
        let space = Self::space(&parts)?;
        Ok(Self { parts: canonical(parts)?, space, calibration })
    }

    /// Name of the feature space of a fusion of these parts.
    ///
    /// # Errors
    /// As [`Fused::new`].
    pub fn space(parts: &[Part]) -> Result<ModelId> {
        let parts = canonical(parts.to_vec())?;
        let names: Vec<_> =
            parts.iter().map(|part| format!("{}:{:.2}", part.extractor.model(), part.weight)).collect();
        Ok(ModelId::new(format!("fused({})", names.join(","))))
    }

    /// Conservative calibration for fusions without measurements.
    ///
    /// At each false match rate, the threshold is the weighted mean of the thresholds of the parts. This
    /// would be exact if all parts erred on the same pairs; in practice fewer pairs of different people reach
    /// it.
    ///
    /// # Errors
    /// As [`Fused::new`]; also when the calibrations of the parts share fewer than two false match rates.
    pub fn cautious_calibration(parts: &[Part]) -> Result<Calibration> {
        let parts = canonical(parts.to_vec())?;
        let total: f32 = parts.iter().map(|part| part.weight).sum();

        let at = |fmr: f64| {
            let similarity = |part: &Part| {
                let points = part.extractor.calibration().points();
                points.iter().find(|point| point.fmr == fmr).map(|point| part.weight * point.similarity)
            };
            let sum = parts.iter().map(similarity).sum::<Option<f32>>()?;
            Some(OperatingPoint { fmr, similarity: sum / total, set: "bound from the fused parts".into() })
        };

        let rates = parts[0].extractor.calibration().points().iter().map(|point| point.fmr);
        Calibration::from_points(rates.filter_map(at).collect())
    }

    fn join(&self, vectors: &[&FeatureVector]) -> Result<FeatureVector> {
        let parts = self.parts.iter().zip(vectors);
        let scaled =
            parts.flat_map(|(part, vector)| vector.values().iter().map(|value| value * part.weight.sqrt()));
        FeatureVector::normalized(self.space.clone(), scaled.collect())
    }
}

impl FeatureExtractor for Fused {
    fn model(&self) -> &ModelId {
        &self.space
    }

    fn models(&self) -> Vec<ModelId> {
        self.parts.iter().flat_map(|part| part.extractor.models()).collect()
    }

    fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    fn extract(&self, faces: &[FaceSample<'_>]) -> Result<Vec<FeatureVector>> {
        let vectors: Vec<_> =
            self.parts.iter().map(|part| part.extractor.extract(faces)).collect::<Result<_>>()?;
        (0..faces.len())
            .map(|face| self.join(&vectors.iter().map(|of_part| &of_part[face]).collect::<Vec<_>>()))
            .collect()
    }
}

/// Sorts the parts by name and rounds their weights to hundredths of their sum.
fn canonical(mut parts: Vec<Part>) -> Result<Vec<Part>> {
    parts.sort_by(|a, b| a.extractor.model().cmp(b.extractor.model()));
    let total: f32 = parts.iter().map(|part| part.weight).sum();
    for part in &mut parts {
        part.weight = (part.weight / total * 100.0).round() / 100.0;
    }
    if parts.is_empty() || !parts.iter().all(|part| part.weight > 0.0) {
        let weights: Vec<_> = parts.iter().map(|part| part.weight).collect();
        return Err(Error::InvalidValue {
            name: "fusion",
            detail: format!("weights must be positive, rounded to hundredths they are {weights:?}"),
        });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns a fixed feature vector.
    #[derive(Debug)]
    struct Fixed(ModelId, Vec<f32>, Calibration);

    impl FeatureExtractor for Fixed {
        fn model(&self) -> &ModelId {
            &self.0
        }

        fn calibration(&self) -> &Calibration {
            &self.2
        }

        fn extract(&self, _: &[FaceSample<'_>]) -> Result<Vec<FeatureVector>> {
            Ok(vec![FeatureVector::normalized(self.0.clone(), self.1.clone())?])
        }
    }

    fn calibration(slope: f32) -> Calibration {
        let point = |fmr, similarity| OperatingPoint { fmr, similarity, set: "toy".into() };
        Calibration::from_points(vec![point(1e-2, 0.3), point(1e-4, 0.3 + 1.0 / slope)]).unwrap()
    }

    fn part(name: &str, values: &[f32], weight: f32) -> Part {
        let extractor = Fixed(ModelId::new(name), values.to_vec(), calibration(2.0));
        Part { extractor: Arc::new(extractor), weight }
    }

    fn join(parts: Vec<Part>) -> FeatureVector {
        let fused = Fused::new(parts, calibration(2.0)).unwrap();
        let vectors: Vec<_> =
            fused.parts.iter().map(|part| part.extractor.extract(&[]).unwrap().remove(0)).collect();
        fused.join(&vectors.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn space_name_contains_parts_and_weights() {
        let parts = [part("a", &[1.0], 1.0), part("b", &[1.0], 3.0)];
        assert_eq!(Fused::space(&parts).unwrap().as_str(), "fused(a:0.25,b:0.75)");
    }

    #[test]
    fn order_of_the_parts_does_not_matter() {
        let (a, b) = (part("a", &[1.0, 0.0], 1.0), part("b", &[0.0, 1.0], 3.0));
        assert_eq!(join(vec![a.clone(), b.clone()]), join(vec![b, a]));
    }

    #[test]
    fn cautious_calibration_is_the_weighted_mean_of_the_parts() {
        let parts = [part("a", &[1.0], 1.0), part("b", &[1.0], 1.0)];
        assert!((Fused::cautious_calibration(&parts).unwrap().score(0.3).value - 0.5).abs() < 1e-5);
    }

    #[test]
    fn non_positive_weights_are_refused() {
        for weights in [&[][..], &[0.0, 1.0], &[-1.0, 2.0], &[f32::NAN, 1.0], &[0.001, 1.0]] {
            let parts: Vec<_> = weights.iter().map(|&weight| part("a", &[1.0], weight)).collect();
            assert_eq!(Fused::space(&parts).unwrap_err().code(), "input.invalid_value");
        }
    }

    proptest! {
        #[test]
        fn fused_similarity_is_the_weighted_mean(
            a in prop::collection::vec(0.1f32..9.0, 8), b in prop::collection::vec(-9.0f32..-0.1, 8),
            c in prop::collection::vec(-9.0f32..-0.1, 4), d in prop::collection::vec(0.1f32..9.0, 4),
        ) {
            let one = join(vec![part("a", &a, 1.0), part("b", &c, 3.0)]);
            let two = join(vec![part("a", &b, 1.0), part("b", &d, 3.0)]);
            let cosine = |x: &[f32], y: &[f32]| {
                let vector = |v: &[f32]| FeatureVector::normalized(ModelId::new("m"), v.to_vec()).unwrap();
                vector(x).similarity(&vector(y)).unwrap()
            };
            let expected = 0.25 * cosine(&a, &b) + 0.75 * cosine(&c, &d);
            prop_assert!((one.similarity(&two).unwrap() - expected).abs() < 1e-4);
        }
    }
}
