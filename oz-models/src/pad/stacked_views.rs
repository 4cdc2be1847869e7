//! Default PAD network: crops of the face, the head and the surroundings, judged together.

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

/// Configuration of a stacked-views network.
#[derive(Debug, Clone, PartialEq)]
pub struct StackedViewsSpec {
    /// Input: square views of the face, stacked vertically.
    pub input: ImageInput,
    /// Name of the output `[N, 1]`: log-odds of bona fide.
    pub logit: String,
    /// Size of each view as a multiple of the bounding box, from top to bottom.
    pub box_scales: Vec<f32>,
    /// Operating point on the scale of the output.
    pub calibration: PadCalibration,
}

impl StackedViewsSpec {
    /// Reads the parameter `box_scales` and the calibration; the manifest must have exactly one output.
    ///
    /// # Errors
    /// `model.invalid_manifest` when an output or parameter is missing or malformed, or the input does not
    /// have one square per view.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [logit] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "must be exactly one"));
        };

        let input = *manifest.image_input()?;
        let box_scales: Vec<f32> = manifest.parameter("box_scales")?;
        if box_scales.is_empty() || !box_scales.iter().all(|scale| scale.is_finite() && *scale > 0.0) {
            return Err(manifest.invalid("parameters.box_scales", "must be positive numbers"));
        }
        if input.width == 0 || input.height != input.width * box_scales.len() {
            return Err(manifest.invalid("input.shape", "must be one square per scale, stacked vertically"));
        }

        Ok(Self {
            input,
            logit: logit.name.clone(),
            box_scales,
            calibration: manifest.pad_calibration.unwrap_or_default(),
        })
    }
}

/// Scores faces by several views of each, in one run.
///
/// Source: `training/` of this project.
#[derive(Debug, Clone)]
pub struct StackedViews {
    network: ImageNetwork,
    box_scales: Vec<f32>,
    calibration: PadCalibration,
}

impl StackedViews {
    /// Wraps the session of a stacked-views network.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: StackedViewsSpec) -> Result<Self> {
        let StackedViewsSpec { input, logit, box_scales, calibration } = spec;
        Ok(Self { network: ImageNetwork::new(id, session, input, &[logit])?, box_scales, calibration })
    }

    /// Views of a face as one image.
    fn views(&self, sample: &FaceSample<'_>) -> Image {
        let (image, face) = (sample.image, &sample.face.detection.bounding_box);
        let (width, height) = self.network.size();
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
        for &scale in &self.box_scales {
            let region = scaled_box(face, scale, image.width(), image.height());
            pixels.extend_from_slice(resize_bilinear(image, region, width, width).pixels());
        }
        Image::from_rgb(width, height, pixels).expect("the input has one square per scale")
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
                    expected: "one value per face".into(),
                    actual: format!("{} values", logit.len()),
                });
            };
            scores.push(self.calibration.score(logit)?);
        }
        Ok(scores)
    }
}
