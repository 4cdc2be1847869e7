//! YuNet: a detector with five keypoints for images of any size.

use std::sync::Arc;

use oz_core::face::port::FaceDetector;
use oz_core::face::{BoundingBox, DetectedFace, FaceKeypoints, Point};
use oz_core::inference::port::Session;
use oz_core::inference::{ModelId, Tensor};
use oz_core::media::Image;
use oz_core::{Error, Result};

use super::{keep_best, largest_first};
use crate::ledger::{ImageInput, Manifest};
use crate::preprocess::{ImageNetwork, resize_area};

/// Configuration of a YuNet network.
#[derive(Debug, Clone, PartialEq)]
pub struct YuNetSpec {
    /// Input: the whole image in the top-left corner, padded on the right and at the bottom.
    pub input: ImageInput,
    /// Names of the outputs class `[N, cells, 1]`, objectness `[N, cells, 1]`, box `[N, cells, 4]` and five
    /// points `[N, cells, 10]`; `{stride}` is replaced by each stride.
    pub outputs: [String; 4],
    /// Cell sides in input pixels.
    pub strides: Vec<u32>,
    /// Images with a longer side than this many pixels are scaled down to it; smaller ones are not scaled.
    pub longest_side: u32,
    /// Width and height of the input are multiples of this many pixels.
    pub size_multiple: u32,
    /// Minimum detection score, exclusive, 0..=1.
    pub score_threshold: f32,
    /// Intersection over union above which only the best of several detections is kept, 0..=1.
    pub nms_iou: f32,
}

impl YuNetSpec {
    /// Reads the parameters `longest_side`, `size_multiple`, `strides`, `score_threshold` and `nms_iou`; the
    /// outputs must be class, objectness, box and points, in this order.
    ///
    /// # Errors
    /// `model.invalid_manifest` when an output or parameter is missing or malformed.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [class, objectness, bounds, points] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "must be four: class, objectness, box, points"));
        };
        Ok(Self {
            input: *manifest.image_input()?,
            outputs: [class, objectness, bounds, points].map(|output| output.name.clone()),
            strides: manifest.parameter("strides")?,
            longest_side: manifest.parameter("longest_side")?,
            size_multiple: manifest.parameter("size_multiple")?,
            score_threshold: manifest.parameter("score_threshold")?,
            nms_iou: manifest.parameter("nms_iou")?,
        })
    }
}

/// Detects faces in a single run over the whole image.
///
/// Source: Wu et al. 2023, doi:10.1007/s11633-023-1423-y; OpenCV `face_detect.cpp`, 4.12.
#[derive(Debug, Clone)]
pub struct YuNet {
    network: ImageNetwork,
    strides: Vec<u32>,
    longest_side: u32,
    size_multiple: u32,
    score_threshold: f32,
    nms_iou: f32,
}

impl YuNet {
    /// Wraps the session of a YuNet network.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` when a stride, `longest_side` or `size_multiple` is zero.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: YuNetSpec) -> Result<Self> {
        if spec.strides.contains(&0) || spec.longest_side == 0 || spec.size_multiple == 0 {
            let detail = "strides, longest_side and size_multiple must be positive".into();
            return Err(Error::InvalidValue { name: "YuNet parameters", detail });
        }

        let names = |stride: &u32| {
            let stride = stride.to_string();
            spec.outputs.each_ref().map(|name| name.replace("{stride}", &stride))
        };
        let outputs: Vec<_> = spec.strides.iter().flat_map(names).collect();

        let network = ImageNetwork::new(id, session, spec.input, &outputs)?;
        let YuNetSpec { strides, longest_side, size_multiple, score_threshold, nms_iou, .. } = spec;
        Ok(Self { network, strides, longest_side, size_multiple, score_threshold, nms_iou })
    }

    /// The scaled and padded image, and the scale factor.
    fn prepare(&self, image: &Image) -> (Image, f32) {
        let longest = image.width().max(image.height());
        let scale = (f64::from(self.longest_side) / f64::from(longest)).min(1.0);
        let length = |side: u32| ((f64::from(side) * scale).round_ties_even() as u32).max(1);
        let resized = if scale < 1.0 {
            resize_area(image, length(image.width()), length(image.height()))
        } else {
            image.clone()
        };
        (self.padded(&resized), scale as f32)
    }

    fn padded(&self, image: &Image) -> Image {
        let round_up = |side: u32| side.next_multiple_of(self.size_multiple);
        let (width, height) = (round_up(image.width()), round_up(image.height()));
        let (stride, row) = (width as usize * 3, image.width() as usize * 3);

        let mut pixels = vec![self.network.input().padding; stride * height as usize];
        for (line, source) in pixels.chunks_exact_mut(stride).zip(image.pixels().chunks_exact(row)) {
            line[..row].copy_from_slice(source);
        }
        Image::from_rgb(width, height, pixels).expect("the buffer has the size of the image")
    }

    /// Detections of one stride above the threshold, in image pixels.
    fn decode(&self, stride: u32, width: u32, outputs: &[Tensor], scale: f32) -> Result<Vec<DetectedFace>> {
        let [class, objectness, bounds, points] = outputs else {
            unreachable!("every stride has four outputs")
        };
        let cells = class.values().len();
        let lengths = [objectness, bounds, points].map(|output| output.values().len());
        if lengths != [cells, cells * 4, cells * 10] {
            return Err(Error::InferenceShapeMismatch {
                at: format!("the outputs of `{}` at stride {stride}", self.network.id()),
                expected: format!("{:?} values", [cells, cells * 4, cells * 10]),
                actual: format!("{lengths:?}"),
            });
        }

        let unit = stride as f32 / scale;
        let columns = (width / stride).max(1) as usize;
        let boxes = bounds.values().chunks_exact(4).zip(points.values().chunks_exact(10));
        let scores = class.values().iter().zip(objectness.values());
        let detections =
            scores.zip(boxes).enumerate().filter_map(|(cell, ((class, objectness), (bounds, points)))| {
                let score = (class.clamp(0.0, 1.0) * objectness.clamp(0.0, 1.0)).sqrt();
                let at = Point::new((cell % columns) as f32, (cell / columns) as f32);
                (score > self.score_threshold).then(|| face(at, unit, bounds, points, score))
            });
        Ok(detections.collect())
    }
}

impl FaceDetector for YuNet {
    fn models(&self) -> Vec<ModelId> {
        vec![self.network.id().clone()]
    }

    fn detect(&self, image: &Image) -> Result<Vec<DetectedFace>> {
        let (prepared, scale) = self.prepare(image);
        let width = prepared.width();
        let outputs = self.network.run(&[prepared])?;

        let mut candidates = Vec::new();
        for (stride, outputs) in self.strides.iter().zip(outputs.chunks_exact(4)) {
            candidates.extend(self.decode(*stride, width, outputs, scale)?);
        }
        Ok(largest_first(keep_best(candidates, self.nms_iou)))
    }
}

/// `at` is the column and row of the cell; `unit` is the side of a cell in image pixels.
fn face(at: Point, unit: f32, bounds: &[f32], points: &[f32], score: f32) -> DetectedFace {
    let point =
        |index: usize| Point::new((at.x + points[2 * index]) * unit, (at.y + points[2 * index + 1]) * unit);
    let (width, height) = (bounds[2].exp() * unit, bounds[3].exp() * unit);
    let (x, y) = ((at.x + bounds[0]) * unit - width / 2.0, (at.y + bounds[1]) * unit - height / 2.0);

    DetectedFace {
        bounding_box: BoundingBox::new(x, y, width, height),
        score,
        keypoints: FaceKeypoints {
            right_eye: point(0),
            left_eye: point(1),
            nose: point(2),
            mouth: point(3).midpoint(point(4)),
        },
    }
}
