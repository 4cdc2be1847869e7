//! Per-frame observations, kept after the pixels are dropped.

use std::time::Duration;

use serde::Serialize;

use crate::face::{FeatureVector, LocatedFace, PadScore, QualityReport};
use crate::media::{Frame, Image};

/// A located face with its image quality.
///
/// ```
/// use oz_core::analysis::ObservedFace;
///
/// /// Whether the face looks at the camera in a picture of acceptable quality.
/// fn is_suitable(face: &ObservedFace) -> bool {
///     face.face.pose.yaw.abs() < 15.0 && face.quality.unified >= 50
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ObservedFace {
    /// Box, mesh and pose.
    pub face: LocatedFace,
    /// Quality of the face image for comparison.
    pub quality: QualityReport,
}

/// Observations of one frame that was due for face detection.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FrameObservation {
    /// Index of the frame in presentation order, from 0.
    pub index: u64,
    /// Presentation time.
    pub time: Duration,
    /// All faces, largest first.
    pub faces: Vec<ObservedFace>,
    /// Index in `faces` of the subject of the recording.
    pub subject: Option<usize>,
    /// The frame, shrunk. Not serialised.
    #[serde(skip)]
    pub thumbnail: Thumbnail,
    /// Feature vector of the subject, in frames that were sampled for features.
    pub features: Option<FeatureVector>,
    /// PAD score of the subject, in frames that were sampled for PAD with a model configured.
    pub appearance: Option<PadScore>,
    /// Strength of periodic patterns on the subject's face, in powers of ten, in frames that were sampled for
    /// PAD; see [`liveness::texture`](super::liveness::texture).
    pub periodicity: Option<f32>,
}

impl FrameObservation {
    /// Records a frame and its faces, without features, PAD score and periodicity.
    #[must_use]
    pub fn new(frame: &Frame, faces: Vec<ObservedFace>, subject: Option<usize>) -> Self {
        Self {
            index: frame.index,
            time: frame.time,
            thumbnail: Thumbnail::new(frame),
            faces,
            subject,
            features: None,
            appearance: None,
            periodicity: None,
        }
    }

    /// The subject's face in this frame.
    ///
    /// # Panics
    /// When `subject` is not an index of `faces`.
    #[must_use]
    pub fn subject(&self) -> Option<&ObservedFace> {
        self.subject.map(|index| &self.faces[index])
    }
}

/// Observations of all frames of a recording, by time.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Recording {
    /// Frames that were due for face detection, in presentation order.
    pub frames: Vec<FrameObservation>,
}

impl Recording {
    /// Frames that show the subject, each with the subject's face.
    pub fn subjects(&self) -> impl DoubleEndedIterator<Item = (&FrameObservation, &ObservedFace)> {
        self.frames.iter().filter_map(|frame| frame.subject().map(|subject| (frame, subject)))
    }

    /// Time from the first to the last observed frame; zero without frames.
    #[must_use]
    pub fn span(&self) -> Duration {
        match (self.frames.first(), self.frames.last()) {
            (Some(first), Some(last)) => last.time - first.time,
            _ => Duration::ZERO,
        }
    }
}

/// A frame shrunk to 32 x 32 grey values, enough to tell whether two frames show the same picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Thumbnail(Box<[u8; Thumbnail::SIDE * Thumbnail::SIDE]>);

impl Thumbnail {
    const SIDE: usize = 32;
    /// Pixels sampled in each cell, across and down.
    const SAMPLES: usize = 4;

    /// Shrinks a frame.
    #[must_use]
    pub fn new(frame: &Frame) -> Self {
        let mut cells = Box::new([0; Self::SIDE * Self::SIDE]);
        for (index, cell) in cells.iter_mut().enumerate() {
            *cell = cell_mean(&frame.image, index % Self::SIDE, index / Self::SIDE);
        }
        Self(cells)
    }

    /// Mean absolute difference of the grey values, 0..=255.
    #[must_use]
    pub fn difference(&self, other: &Self) -> f32 {
        let sum: u32 = self.0.iter().zip(&*other.0).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        sum as f32 / self.0.len() as f32
    }
}

impl std::fmt::Debug for Thumbnail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Thumbnail(32 x 32)")
    }
}

/// Mean grey value of one cell. Pixels are sampled rather than all averaged: every frame of a recording is
/// shrunk.
fn cell_mean(image: &Image, column: usize, row: usize) -> u8 {
    let grid = Thumbnail::SIDE * Thumbnail::SAMPLES;
    let position = |step: usize, length: u32| (step * length as usize / grid) as u32;

    let mut sum = 0u32;
    for v in 0..Thumbnail::SAMPLES {
        for u in 0..Thumbnail::SAMPLES {
            let x = position(column * Thumbnail::SAMPLES + u, image.width());
            let y = position(row * Thumbnail::SAMPLES + v, image.height());
            let [r, g, b] = image.pixel(x, y);
            sum += (u32::from(r) + 2 * u32::from(g) + u32::from(b)) / 4;
        }
    }
    (sum / (Thumbnail::SAMPLES * Thumbnail::SAMPLES) as u32) as u8
}
