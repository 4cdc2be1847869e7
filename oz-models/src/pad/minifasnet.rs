//! MiniFASNet: PAD on a crop of the face with its surroundings.

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

/// Configuration of a MiniFASNet network.
#[derive(Debug, Clone, PartialEq)]
pub struct MiniFasNetSpec {
    /// Input: the face with its surroundings, resized without keeping the aspect ratio.
    pub input: ImageInput,
    /// Name of the output `[N, classes]`: class scores before the softmax.
    pub logits: String,
    /// Index of the bona fide class.
    pub live_index: usize,
    /// Size of the crop, as a multiple of the bounding box.
    pub box_scale: f32,
    /// Operating point on the scale of the log-odds.
    pub calibration: PadCalibration,
}

impl MiniFasNetSpec {
    /// Reads the parameters `live_index` and `box_scale` and the calibration; the manifest must have exactly
    /// one output.
    ///
    /// # Errors
    /// `model.invalid_manifest` when an output or parameter is missing or malformed.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [logits] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "must be exactly one"));
        };
        Ok(Self {
            input: *manifest.image_input()?,
            logits: logits.name.clone(),
            live_index: manifest.parameter("live_index")?,
            box_scale: manifest.parameter("box_scale")?,
            calibration: manifest.pad_calibration.unwrap_or_default(),
        })
    }
}

/// Scores faces with one network; combine several with [`super::Averaged`].
///
/// Source: minivision-ai/Silent-Face-Anti-Spoofing, `src/anti_spoof_predict.py`.
#[derive(Debug, Clone)]
pub struct MiniFasNet {
    network: ImageNetwork,
    live_index: usize,
    box_scale: f32,
    calibration: PadCalibration,
}

impl MiniFasNet {
    /// Wraps the session of a MiniFASNet network.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` when the input size is not fixed or `box_scale` is not positive and finite.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: MiniFasNetSpec) -> Result<Self> {
        let MiniFasNetSpec { input, logits, live_index, box_scale, calibration } = spec;
        if input.width == 0 || input.height == 0 || !(box_scale > 0.0 && box_scale.is_finite()) {
            let detail =
                format!("must be positive, is {} x {}, box_scale {box_scale}", input.width, input.height);
            return Err(Error::InvalidValue { name: "input size", detail });
        }
        let network = ImageNetwork::new(id, session, input, &[logits])?;
        Ok(Self { network, live_index, box_scale, calibration })
    }

    fn crop(&self, sample: &FaceSample<'_>) -> Image {
        let (image, face) = (sample.image, &sample.face.detection.bounding_box);
        let (width, height) = self.network.size();
        resize_bilinear(image, scaled_box(face, self.box_scale, image.width(), image.height()), width, height)
    }

    fn pad_score(&self, logits: &[f32]) -> Result<PadScore> {
        let Some(live) = logits.get(self.live_index) else {
            return Err(Error::InferenceShapeMismatch {
                at: format!("the output of `{}`", self.network.id()),
                expected: format!("more than {} classes", self.live_index),
                actual: format!("{} classes", logits.len()),
            });
        };

        // Logits are taken relative to the bona fide class, so that the softmax cannot become infinity over
        // infinity.
        let others = logits.iter().enumerate().filter(|(index, _)| *index != self.live_index);
        let against: f32 = others.map(|(_, logit)| (logit - live).exp()).sum();
        self.calibration.score(-against.ln())
    }
}

impl PadDetector for MiniFasNet {
    fn models(&self) -> Vec<ModelId> {
        vec![self.network.id().clone()]
    }

    fn score(&self, faces: &[FaceSample<'_>]) -> Result<Vec<PadScore>> {
        let crops: Vec<_> = faces.iter().map(|sample| self.crop(sample)).collect();
        let logits = self.network.run(&crops)?.swap_remove(0);
        logits.items().take(faces.len()).map(|logits| self.pad_score(logits)).collect()
    }
}
