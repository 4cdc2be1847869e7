//! BlazeFace: six keypoints and a box for each anchor.

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

/// What a network of this family needs besides its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct BlazeFaceSpec {
    /// What it takes: the whole picture, letterboxed.
    pub input: ImageInput,
    /// Name of the output `[N, anchors, 4 + 2 K]`: centre, width, height and K points in pixels of the input, centre and
    /// points relative to the anchor.
    pub regressors: String,
    /// Name of the output `[N, anchors, 1]`: score before the sigmoid.
    pub logits: String,
    /// In the order of the outputs.
    pub anchors: Vec<AnchorLayer>,
    /// Faces count from above this score, 0..=1.
    pub score_threshold: f32,
    /// Answers that overlap by more than this are one face, 0..=1.
    pub nms_iou: f32,
    /// Which of the K points are right eye, left eye, tip of the nose and middle of the mouth.
    pub keypoints: [usize; 4],
}

/// A grid of anchors, row by row, each in the middle of its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct AnchorLayer {
    /// Side of a cell in pixels of the input.
    pub stride: u32,
    /// Anchors in each cell.
    pub count: u32,
}

impl BlazeFaceSpec {
    /// Reads the parameters `anchors`, `score_threshold`, `nms_iou` and `keypoints`; the outputs are regressors, logits.
    ///
    /// # Errors
    /// `model.invalid_manifest`.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [regressors, logits] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "two are needed: regressors and logits"));
        };
        let names: Vec<String> = manifest.parameter("keypoints")?;
        let place = |name: &str| {
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
            keypoints: [place("right_eye")?, place("left_eye")?, place("nose_tip")?, place("mouth_centre")?],
        })
    }
}

/// Finds faces in one run over the whole picture.
///
/// Source: Bazarevsky et al. 2019, arXiv:1907.05047; MediaPipe `tensors_to_detections_calculator.cc`, 0.10.21.
#[derive(Debug, Clone)]
pub struct BlazeFace {
    network: ImageNetwork,
    anchors: Arc<[Point]>,
    score_threshold: f32,
    nms_iou: f32,
    keypoints: [usize; 4],
}

impl BlazeFace {
    /// Joins a session with what it takes.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` for a stride of zero.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: BlazeFaceSpec) -> Result<Self> {
        if spec.anchors.iter().any(|layer| layer.stride == 0) {
            return Err(Error::InvalidValue { name: "anchors", detail: "a stride is zero".into() });
        }
        let anchors = anchors(&spec.input, &spec.anchors).into();
        let network = ImageNetwork::new(id, session, spec.input, &[spec.regressors, spec.logits])?;
        let BlazeFaceSpec { score_threshold, nms_iou, keypoints, .. } = spec;
        Ok(Self { network, anchors, score_threshold, nms_iou, keypoints })
    }

    /// All answers above the threshold, in pixels of the input.
    fn decode(&self, regressors: &Tensor, logits: &Tensor) -> Result<Vec<DetectedFace>> {
        let values = regressors.shape().last().copied().unwrap_or(0);
        let needed = 4 + 2 * (1 + self.keypoints.iter().max().expect("there are four"));
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
        let answers = rows.filter_map(|((anchor, row), logit)| {
            let score = sigmoid(*logit);
            (score > self.score_threshold).then(|| self.face(*anchor, row, score))
        });
        Ok(answers.collect())
    }

    fn face(&self, anchor: Point, row: &[f32], score: f32) -> DetectedFace {
        let [x, y, width, height] = [row[0] + anchor.x, row[1] + anchor.y, row[2], row[3]];
        let point = |place: usize| {
            let at = 4 + 2 * self.keypoints[place];
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
