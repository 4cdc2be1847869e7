//! Feature extraction from faces aligned to a template.

use std::sync::Arc;

use oz_core::face::port::FeatureExtractor;
use oz_core::face::{AlignmentTemplate, Calibration, FaceSample, FeatureVector, align};
use oz_core::inference::ModelId;
use oz_core::inference::port::Session;
use oz_core::media::Image;
use oz_core::{Error, Result};

use crate::ledger::{ImageInput, Manifest};
use crate::preprocess::ImageNetwork;

/// Configuration of an aligned extractor.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedSpec {
    /// Input: the aligned face.
    pub input: ImageInput,
    /// Target positions of the five points in the input.
    pub template: AlignmentTemplate,
    /// Name of the output `[N, values]`: feature vectors.
    pub output: String,
}

impl AlignedSpec {
    /// Reads the input and the alignment; the manifest must have exactly one output.
    ///
    /// # Errors
    /// `model.invalid_manifest` when the model takes points, or the alignment or the output is missing.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [output] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "must be exactly one"));
        };
        let (input, template) = (*manifest.image_input()?, *manifest.alignment_template()?);
        Ok(Self { input, template, output: output.name.clone() })
    }
}

/// Aligns each face to a template and runs a network on it.
#[derive(Debug, Clone)]
pub struct AlignedExtractor {
    network: ImageNetwork,
    template: AlignmentTemplate,
    calibration: Calibration,
}

impl AlignedExtractor {
    /// Wraps the session of a feature network; `calibration` gives the error rates of its similarities.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` when the template does not have the size of the input.
    pub fn new(
        id: ModelId,
        session: Arc<dyn Session>,
        spec: AlignedSpec,
        calibration: Calibration,
    ) -> Result<Self> {
        let size = spec.template.size as usize;
        let (width, height) = (spec.input.width, spec.input.height);
        if (width, height) != (size, size) {
            let detail = format!("must have the size of the input, {width} x {height}, its side is {size}");
            return Err(Error::InvalidValue { name: "alignment template", detail });
        }
        let network = ImageNetwork::new(id, session, spec.input, &[spec.output])?;
        Ok(Self { network, template: spec.template, calibration })
    }

    /// Aligned faces, before normalisation.
    pub(super) fn chips(&self, faces: &[FaceSample<'_>]) -> Result<Vec<Image>> {
        faces.iter().map(|sample| align(sample.image, &sample.face.five_points(), &self.template)).collect()
    }

    /// Feature vector of each chip, in order, in the feature space `space`.
    pub(super) fn vectors(&self, chips: &[Image], space: &ModelId) -> Result<Vec<FeatureVector>> {
        let features = self.network.run(chips)?.swap_remove(0);
        features
            .items()
            .take(chips.len())
            .map(|row| FeatureVector::normalized(space.clone(), row.to_vec()))
            .collect()
    }
}

impl FeatureExtractor for AlignedExtractor {
    fn model(&self) -> &ModelId {
        self.network.id()
    }

    fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    fn extract(&self, faces: &[FaceSample<'_>]) -> Result<Vec<FeatureVector>> {
        self.vectors(&self.chips(faces)?, self.network.id())
    }
}
