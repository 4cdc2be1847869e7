//! What is kept of a frame when its pixels are gone.

use std::time::Duration;

use crate::face::{FeatureVector, LocatedFace, PadScore, QualityReport};
use crate::media::{Frame, Image};

/// A face and how good its picture is.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedFace {
    /// Box, mesh, pose.
    pub face: LocatedFace,
    /// How good the picture is for comparison.
    pub quality: QualityReport,
}

/// One frame that was looked at.
#[derive(Debug, Clone)]
pub struct FrameObservation {
    /// Number of the frame in presentation order, from 0.
    pub index: u64,
    /// Presentation time.
    pub time: Duration,
    /// All faces, largest first.
    pub faces: Vec<ObservedFace>,
    /// Which of them is the subject of the recording.
    pub subject: Option<usize>,
    /// The frame at a glance.
    pub thumbnail: Thumbnail,
    /// The subject's features, for frames that were sampled.
    pub features: Option<FeatureVector>,
    /// The subject's appearance, for frames that were sampled and when a model is there.
    pub appearance: Option<PadScore>,
    /// Strength of periodic patterns on the subject's face, for frames that were sampled; see
    /// [`liveness::texture`](super::liveness::texture).
    pub periodicity: Option<f32>,
}

impl FrameObservation {
    /// A frame with its faces, not yet sampled for anything else.
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
    #[must_use]
    pub fn subject(&self) -> Option<&ObservedFace> {
        self.subject.map(|index| &self.faces[index])
    }
}

/// Everything that was seen, in order of time.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// The frames that were looked at.
    pub frames: Vec<FrameObservation>,
}

impl Recording {
    /// The frames that show the subject, with the subject's face.
    pub fn subjects(&self) -> impl DoubleEndedIterator<Item = (&FrameObservation, &ObservedFace)> {
        self.frames.iter().filter_map(|frame| frame.subject().map(|subject| (frame, subject)))
    }

    /// Time from the first to the last frame that was looked at.
    #[must_use]
    pub fn span(&self) -> Duration {
        match (self.frames.first(), self.frames.last()) {
            (Some(first), Some(last)) => last.time - first.time,
            _ => Duration::ZERO,
        }
    }
}

/// A frame shrunk to 32 x 32 grey values: enough to tell whether two frames show the same picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Thumbnail(Box<[u8; Thumbnail::SIDE * Thumbnail::SIDE]>);

impl Thumbnail {
    const SIDE: usize = 32;
    /// Pixels looked at in each cell, across and down.
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

    /// Mean absolute difference, 0..=255.
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

fn cell_mean(image: &Image, column: usize, row: usize) -> u8 {
    let grid = Thumbnail::SIDE * Thumbnail::SAMPLES;
    let at = |step: usize, length: u32| (step * length as usize / grid) as u32;
    let mut sum = 0u32;
    for v in 0..Thumbnail::SAMPLES {
        for u in 0..Thumbnail::SAMPLES {
            let x = at(column * Thumbnail::SAMPLES + u, image.width());
            let y = at(row * Thumbnail::SAMPLES + v, image.height());
            let [r, g, b] = image.pixel(x, y);
            sum += (u32::from(r) + 2 * u32::from(g) + u32::from(b)) / 4;
        }
    }
    (sum / (Thumbnail::SAMPLES * Thumbnail::SAMPLES) as u32) as u8
}
