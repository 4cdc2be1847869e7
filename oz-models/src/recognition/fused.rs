//! Several extractors as one.

use std::sync::Arc;

use oz_core::face::port::FeatureExtractor;
use oz_core::face::{Calibration, FaceSample, FeatureVector};
use oz_core::inference::ModelId;
use oz_core::{Error, Result};

/// An extractor in a fusion.
#[derive(Debug, Clone)]
pub struct Part {
    /// Takes the features.
    pub extractor: Arc<dyn FeatureExtractor>,
    /// How much its similarity counts, above 0; only the ratio of the parts' weights matters.
    pub weight: f32,
}

impl Part {
    /// A part whose similarities spread by `impostor_deviation` (standard deviation over pairs of different people).
    ///
    /// The weight is its reciprocal: summed with such weights, similarities count by how unusual they are.
    #[must_use]
    pub fn by_deviation(extractor: Arc<dyn FeatureExtractor>, impostor_deviation: f32) -> Self {
        Self { extractor, weight: 1.0 / impostor_deviation }
    }

    /// A part that counts by its calibration: the reciprocal of the distance between the similarities at two false match
    /// rates.
    #[must_use]
    pub fn by_calibration(extractor: Arc<dyn FeatureExtractor>) -> Self {
        let weight = extractor.calibration().slope;
        Self { extractor, weight }
    }
}

/// Joins the vectors of several extractors, so that their dot product is the weighted mean of the parts' similarities.
///
/// The weights belong to the name of the space, `fused(a:0.54,b:0.46)`, as vectors of other weights are not comparable.
#[derive(Debug, Clone)]
pub struct Fused {
    parts: Vec<Part>,
    space: ModelId,
    calibration: Calibration,
}

impl Fused {
    /// Joins extractors; `calibration` is that of the fused space. Weights are rounded to hundredths of their sum.
    ///
    /// # Errors
    /// `input.invalid_value` when there is no part or a weight rounds to nothing.
    pub fn new(parts: Vec<Part>, calibration: Calibration) -> Result<Self> {
        let space = Self::space(&parts)?;
        Ok(Self { parts: rounded(parts)?, space, calibration })
    }

    /// Name of the space that a fusion of these parts has.
    ///
    /// # Errors
    /// As [`Fused::new`].
    pub fn space(parts: &[Part]) -> Result<ModelId> {
        let parts = rounded(parts.to_vec())?;
        let names: Vec<_> = parts.iter().map(|part| format!("{}:{:.2}", part.extractor.model(), part.weight)).collect();
        Ok(ModelId::new(format!("fused({})", names.join(","))))
    }

    fn join(&self, vectors: &[&FeatureVector]) -> Result<FeatureVector> {
        let parts = self.parts.iter().zip(vectors);
        let scaled = parts.flat_map(|(part, vector)| vector.values().iter().map(|value| value * part.weight.sqrt()));
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
        let answers: Vec<_> = self.parts.iter().map(|part| part.extractor.extract(faces)).collect::<Result<_>>()?;
        (0..faces.len()).map(|face| self.join(&answers.iter().map(|answer| &answer[face]).collect::<Vec<_>>())).collect()
    }
}

/// The parts with weights in hundredths of their sum.
fn rounded(mut parts: Vec<Part>) -> Result<Vec<Part>> {
    let total: f32 = parts.iter().map(|part| part.weight).sum();
    for part in &mut parts {
        part.weight = (part.weight / total * 100.0).round() / 100.0;
    }
    if parts.is_empty() || !parts.iter().all(|part| part.weight > 0.0) {
        let weights: Vec<_> = parts.iter().map(|part| part.weight).collect();
        return Err(Error::InvalidValue { name: "fusion", detail: format!("needs weights above 0, has {weights:?}") });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use oz_core::face::OperatingPoint;
    use proptest::prelude::*;

    use super::*;

    /// Answers with one vector for every face.
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
        let vectors: Vec<_> = parts.iter().map(|part| part.extractor.extract(&[]).unwrap().remove(0)).collect();
        let fused = Fused::new(parts, calibration(2.0)).unwrap();
        fused.join(&vectors.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_name_tells_parts_and_weights() {
        let parts = [part("a", &[1.0], 1.0), part("b", &[1.0], 3.0)];
        assert_eq!(Fused::space(&parts).unwrap().as_str(), "fused(a:0.25,b:0.75)");
    }

    #[test]
    fn weights_without_meaning_are_refused() {
        for weights in [&[][..], &[0.0, 1.0], &[-1.0, 2.0], &[f32::NAN, 1.0], &[0.001, 1.0]] {
            let parts = weights.iter().map(|&weight| part("a", &[1.0], weight)).collect();
            assert_eq!(Fused::new(parts, calibration(2.0)).unwrap_err().code(), "input.invalid_value");
        }
    }

    proptest! {
        #[test]
        fn the_dot_product_is_the_weighted_mean_of_similarities(
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
