//! BlazeFace: a detector with a box and six keypoints for each anchor.

use std::sync::Arc;

use oz_core::face::port::FaceDetector;
use oz_core::face::{BoundingBox, DetectedFace, FaceKeypoints, Point};
use oz_core::inference::port::Session;
use oz_core::inference::{ModelId, Tensor};
use oz_core::media::Image;
use oz_core::{Error, Result};
use serde::Deserialize;

use super::{largest_first, merge_weighted};
use crate::ledger::{ImageInput, Manifest};
use crate::preprocess::{ImageNetwork, Letterbox, letterbox};

/// Configuration of a BlazeFace network.
#[derive(Debug, Clone, PartialEq)]
pub struct BlazeFaceSpec {
    /// Input: the whole image, letterboxed.
    pub input: ImageInput,
    /// Name of the output `[N, anchors, 4 + 2 K]`: centre, width, height and K points in input pixels; centre
    /// and points are relative to the anchor.
    pub regressors: String,
    /// Name of the output `[N, anchors, 1]`: detection scores before the sigmoid.
    pub logits: String,
    /// Anchor grids, in the order of the outputs.
    pub anchors: Vec<AnchorLayer>,
    /// Minimum detection score, exclusive, 0..=1.
    pub score_threshold: f32,
    /// Intersection over union above which detections are merged into one face, 0..=1.
    pub nms_iou: f32,
    /// Indices of right eye, left eye, nose tip and mouth centre among the K points.
    pub keypoints: [usize; 4],
}

/// A grid of anchors in row-major order, each at the centre of its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct AnchorLayer {
    /// Side of a cell in input pixels.
    pub stride: u32,
    /// Anchors per cell.
    pub count: u32,
}

impl BlazeFaceSpec {
    /// Reads the parameters `anchors`, `score_threshold`, `nms_iou` and `keypoints`; the outputs must be
    /// regressors and logits, in this order.
    ///
    /// # Errors
    /// `model.invalid_manifest` when an output or parameter is missing or malformed.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [regressors, logits] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "must be two: regressors and logits"));
        };

        let names: Vec<String> = manifest.parameter("keypoints")?;
        let index_of = |name: &str| {
            let found = names.iter().position(|known| known == name);
            found.ok_or_else(|| manifest.invalid("parameters.keypoints", format!("`{name}` is missing")))
        };
        Ok(Self {
            input: *manifest.image_input()?,
            regressors: regressors.name.clone(),
            logits: logits.name.clone(),
            anchors: manifest.parameter("anchors")?,
            score_threshold: manifest.parameter("score_threshold")?,
            nms_iou: manifest.parameter("nms_iou")?,
            keypoints: [
                index_of("right_eye")?,
                index_of("left_eye")?,
                index_of("nose_tip")?,
                index_of("mouth_centre")?,
            ],
        })
    }
}

/// Detects faces in a single run over the whole image.
///
/// Source: Bazarevsky et al. 2019, arXiv:1907.05047; MediaPipe `tensors_to_detections_calculator.cc`,
/// 0.10.21.
#[derive(Debug, Clone)]
pub struct BlazeFace {
    network: ImageNetwork,
    anchors: Arc<[Point]>,
    score_threshold: f32,
    nms_iou: f32,
    keypoints: [usize; 4],
}

impl BlazeFace {
    /// Wraps the session of a BlazeFace network.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` when a stride is zero.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: BlazeFaceSpec) -> Result<Self> {
        if spec.anchors.iter().any(|layer| layer.stride == 0) {
            return Err(Error::InvalidValue {
                name: "anchors",
                detail: "the stride must not be zero".into(),
            });
        }

        let anchors = anchors(&spec.input, &spec.anchors).into();
        let network = ImageNetwork::new(id, session, spec.input, &[spec.regressors, spec.logits])?;
        let BlazeFaceSpec { score_threshold, nms_iou, keypoints, .. } = spec;
        Ok(Self { network, anchors, score_threshold, nms_iou, keypoints })
    }

    /// All detections above the threshold, in input pixels.
    fn decode(&self, regressors: &Tensor, logits: &Tensor) -> Result<Vec<DetectedFace>> {
        let values = regressors.shape().last().copied().unwrap_or(0);
        let needed = 4 + 2 * (1 + self.keypoints.iter().max().expect("the array has four elements"));
        let anchors = self.anchors.len();
        if values < needed
            || regressors.values().len() != anchors * values
            || logits.values().len() != anchors
        {
            return Err(Error::InferenceShapeMismatch {
                at: format!("the outputs of `{}`", self.network.id()),
                expected: format!("[1, {anchors}, {needed} or more] and [1, {anchors}, 1]"),
                actual: format!("{:?} and {:?}", regressors.shape(), logits.shape()),
            });
        }

        let rows = self.anchors.iter().zip(regressors.values().chunks_exact(values)).zip(logits.values());
        let detections = rows.filter_map(|((anchor, row), logit)| {
            let score = sigmoid(*logit);
            (score > self.score_threshold).then(|| self.face(*anchor, row, score))
        });
        Ok(detections.collect())
    }

    fn face(&self, anchor: Point, row: &[f32], score: f32) -> DetectedFace {
        let [x, y, width, height] = [row[0] + anchor.x, row[1] + anchor.y, row[2], row[3]];
        let point = |keypoint: usize| {
            let at = 4 + 2 * self.keypoints[keypoint];
            Point::new(row[at] + anchor.x, row[at + 1] + anchor.y)
        };

        DetectedFace {
            bounding_box: BoundingBox::new(x - width / 2.0, y - height / 2.0, width, height),
            score,
            keypoints: FaceKeypoints {
                right_eye: point(0),
                left_eye: point(1),
                nose: point(2),
                mouth: point(3),
            },
        }
    }
}

impl FaceDetector for BlazeFace {
    fn models(&self) -> Vec<ModelId> {
        vec![self.network.id().clone()]
    }

    fn detect(&self, image: &Image) -> Result<Vec<DetectedFace>> {
        let (width, height) = self.network.size();
        let (boxed, place) = letterbox(image, width, height, self.network.input().padding);
        let outputs = self.network.run(&[boxed])?;
        let faces = merge_weighted(self.decode(&outputs[0], &outputs[1])?, self.nms_iou);
        Ok(largest_first(faces.iter().map(|face| in_image(face, &place))))
    }
}

fn anchors(input: &ImageInput, layers: &[AnchorLayer]) -> Vec<Point> {
    let mut anchors = Vec::new();
    for layer in layers {
        let middle = |cell: usize| (cell as f32 + 0.5) * layer.stride as f32;
        let cells = |length: usize| length / layer.stride as usize;
        for row in 0..cells(input.height) {
            for column in 0..cells(input.width) {
                anchors.extend((0..layer.count).map(|_| Point::new(middle(column), middle(row))));
            }
        }
    }
    anchors
}

fn in_image(face: &DetectedFace, place: &Letterbox) -> DetectedFace {
    let FaceKeypoints { right_eye, left_eye, nose, mouth } = face.keypoints;
    DetectedFace {
        bounding_box: place.box_to_image(&face.bounding_box),
        score: face.score,
        keypoints: FaceKeypoints {
            right_eye: place.to_image(right_eye),
            left_eye: place.to_image(left_eye),
            nose: place.to_image(nose),
            mouth: place.to_image(mouth),
        },
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
