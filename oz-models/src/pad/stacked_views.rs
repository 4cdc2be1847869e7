//! The default network: a face, its head and its surroundings, judged together.

use std::sync::Arc;

use oz_core::face::port::PadDetector;
use oz_core::face::{FaceSample, PadCalibration, PadScore};
use oz_core::inference::ModelId;
use oz_core::inference::port::Session;
use oz_core::media::Image;
use oz_core::{Error, Result};

use super::scaled_box;
use crate::ledger::{ImageInput, Manifest};
use crate::preprocess::{ImageNetwork, resize_bilinear};

/// What a network of this family needs besides its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct StackedViewsSpec {
    /// What it takes: square views of the face, one below the other.
    pub input: ImageInput,
    /// Name of the output `[N, 1]`: log-odds of bona fide.
    pub logit: String,
    /// Size of each view over that of the face's box, from top to bottom.
    pub box_scales: Vec<f32>,
    /// Where on the scale of that output the operating point lies.
    pub calibration: PadCalibration,
}

impl StackedViewsSpec {
    /// Reads the parameter `box_scales` and the calibration; the output is the only one.
    ///
    /// # Errors
    /// `model.invalid_manifest`.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [logit] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "one is needed"));
        };
        let input = *manifest.image_input()?;
        let box_scales: Vec<f32> = manifest.parameter("box_scales")?;
        let usable = |scale: &f32| scale.is_finite() && *scale > 0.0;
        if box_scales.is_empty() || !box_scales.iter().all(usable) {
            return Err(manifest.invalid("parameters.box_scales", "needs numbers above zero"));
        }
        if input.width == 0 || input.height != input.width * box_scales.len() {
            return Err(manifest.invalid("input.shape", "must be one square below the other, one a scale"));
        }
        Ok(Self {
            input,
            logit: logit.name.clone(),
            box_scales,
            calibration: manifest.pad_calibration.unwrap_or_default(),
        })
    }
}

/// Scores faces by one look at several views of each.
///
/// Source: `training/` of this project.
#[derive(Debug, Clone)]
pub struct StackedViews {
    network: ImageNetwork,
    box_scales: Vec<f32>,
    calibration: PadCalibration,
}

impl StackedViews {
    /// Joins a session with what it takes.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: StackedViewsSpec) -> Result<Self> {
        let StackedViewsSpec { input, logit, box_scales, calibration } = spec;
        Ok(Self { network: ImageNetwork::new(id, session, input, &[logit])?, box_scales, calibration })
    }

    /// All views of a face as one picture.
    fn views(&self, sample: &FaceSample<'_>) -> Image {
        let (image, face) = (sample.image, &sample.face.detection.bounding_box);
        let (width, height) = self.network.size();
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
        for &scale in &self.box_scales {
            let region = scaled_box(face, scale, image.width(), image.height());
            pixels.extend_from_slice(resize_bilinear(image, region, width, width).pixels());
        }
        Image::from_rgb(width, height, pixels).expect("the input was checked to be one square a scale")
    }
}

impl PadDetector for StackedViews {
    fn models(&self) -> Vec<ModelId> {
        vec![self.network.id().clone()]
    }

    fn score(&self, faces: &[FaceSample<'_>]) -> Result<Vec<PadScore>> {
        let stacks: Vec<_> = faces.iter().map(|sample| self.views(sample)).collect();
        let logits = self.network.run(&stacks)?.swap_remove(0);
        let mut scores = Vec::with_capacity(faces.len());
        for logit in logits.items().take(faces.len()) {
            let &[logit] = logit else {
                return Err(Error::InferenceShapeMismatch {
                    at: format!("the output of `{}`", self.network.id()),
                    expected: "one value a face".into(),
                    actual: format!("{} values", logit.len()),
                });
            };
            scores.push(self.calibration.score(logit)?);
        }
        Ok(scores)
    }
}
