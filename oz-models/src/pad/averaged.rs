//! Mean of several PAD detectors.

use std::sync::Arc;

use oz_core::face::port::PadDetector;
use oz_core::face::{FaceSample, PadScore};
use oz_core::inference::ModelId;
use oz_core::{Error, Result};

/// Averages the scores of several PAD detectors with equal weights.
#[derive(Debug, Clone)]
pub struct Averaged {
    detectors: Vec<Arc<dyn PadDetector>>,
}

impl Averaged {
    /// Creates the average of `detectors`.
    ///
    /// # Errors
    /// `input.invalid_value` when `detectors` is empty.
    pub fn new(detectors: Vec<Arc<dyn PadDetector>>) -> Result<Self> {
        if detectors.is_empty() {
            return Err(Error::InvalidValue {
                name: "PAD detectors",
                detail: "at least one is required".into(),
            });
        }
        Ok(Self { detectors })
    }
}

impl PadDetector for Averaged {
    fn models(&self) -> Vec<ModelId> {
        self.detectors.iter().flat_map(|detector| detector.models()).collect()
    }

    fn score(&self, faces: &[FaceSample<'_>]) -> Result<Vec<PadScore>> {
        let mut sums = vec![0.0; faces.len()];
        for detector in &self.detectors {
            for (sum, score) in sums.iter_mut().zip(detector.score(faces)?) {
                *sum += score.value();
            }
        }
        sums.into_iter().map(|sum| PadScore::new((sum / self.detectors.len() as f32).min(1.0))).collect()
    }
}
