//! Extractors that look at a face moved onto a template.

use std::sync::Arc;

use oz_core::face::port::FeatureExtractor;
use oz_core::face::{AlignmentTemplate, Calibration, FaceSample, FeatureVector, align};
use oz_core::inference::ModelId;
use oz_core::inference::port::Session;
use oz_core::media::Image;
use oz_core::{Error, Result};

use crate::ledger::{ImageInput, Manifest};
use crate::preprocess::ImageNetwork;

/// What an extractor of this kind needs besides its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedSpec {
    /// What it takes: the aligned face.
    pub input: ImageInput,
    /// Where the five points lie in the input.
    pub template: AlignmentTemplate,
    /// Name of the output `[N, values]`.
    pub output: String,
}

impl AlignedSpec {
    /// Reads the alignment; the output is the only one.
    ///
    /// # Errors
    /// `model.invalid_manifest`.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [output] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "one is needed"));
        };
        let (input, template) = (*manifest.image_input()?, *manifest.alignment_template()?);
        Ok(Self { input, template, output: output.name.clone() })
    }
}

/// Moves each face onto a template and runs a network on it.
#[derive(Debug, Clone)]
pub struct AlignedExtractor {
    network: ImageNetwork,
    template: AlignmentTemplate,
    calibration: Calibration,
}

impl AlignedExtractor {
    /// Joins a session with what it takes and what its similarities mean.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` when the template is not of the input's size.
    pub fn new(
        id: ModelId,
        session: Arc<dyn Session>,
        spec: AlignedSpec,
        calibration: Calibration,
    ) -> Result<Self> {
        let size = spec.template.size as usize;
        let (width, height) = (spec.input.width, spec.input.height);
        if (width, height) != (size, size) {
            let detail = format!("its side is {size}, the input is {width} x {height}");
            return Err(Error::InvalidValue { name: "alignment template", detail });
        }
        let network = ImageNetwork::new(id, session, spec.input, &[spec.output])?;
        Ok(Self { network, template: spec.template, calibration })
    }

    /// The faces as the network takes them, but for the normalisation.
    pub(super) fn chips(&self, faces: &[FaceSample<'_>]) -> Result<Vec<Image>> {
        faces.iter().map(|sample| align(sample.image, &sample.face.five_points(), &self.template)).collect()
    }

    /// What the network says of each chip, in order, in the space called `model`.
    pub(super) fn vectors(&self, chips: &[Image], model: &ModelId) -> Result<Vec<FeatureVector>> {
        let features = self.network.run(chips)?.swap_remove(0);
        features
            .items()
            .take(chips.len())
            .map(|row| FeatureVector::normalized(model.clone(), row.to_vec()))
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
