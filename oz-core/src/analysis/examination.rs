//! An analysis as plain data, for transfer between processes.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::face::FeatureVector;
use crate::face::gesture::{Gesture, GestureEvent};
use crate::face::pad::{PadEvidence, PadVerdict};
use crate::inference::ModelId;
use crate::media::{MediaKind, MediaType};

/// Parameters of the examination of one media file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExaminationRequest {
    /// Gestures that the subject was asked to make, in this order.
    pub actions: Vec<Gesture>,
    /// Only read the headers and make a thumbnail; run no model.
    pub preview_only: bool,
    /// Longest side of the thumbnail in pixels; `None` makes no thumbnail.
    pub thumbnail_side: Option<u32>,
    /// Longest side in pixels of the animated GIF of a shot set; `None` makes no animation.
    pub animation_side: Option<u32>,
}

/// Bytes of an encoded picture. `Debug` shows only their number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EncodedPicture(pub Vec<u8>);

impl fmt::Debug for EncodedPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedPicture({} bytes)", self.0.len())
    }
}

/// Result of the examination of one media file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// Format, detected from the content.
    pub media_type: MediaType,
    /// Relation of the pictures to each other.
    pub kind: MediaKind,
    /// Width in pixels of the upright picture.
    pub width: u32,
    /// Height in pixels of the upright picture.
    pub height: u32,
    /// Presentation time of the last frame; zero for stills.
    pub duration: Duration,
    /// Number of decoded frames.
    pub frames: u64,
    /// Maximum number of faces in one frame; 0 when no face was found or `preview_only` was set.
    #[serde(default)]
    pub faces: u32,
    /// JPEG thumbnail of the best shot, or of the first frame when no face was found.
    pub thumbnail: Option<EncodedPicture>,
    /// Animated GIF of a shot set.
    pub animation: Option<EncodedPicture>,
    /// Findings about the subject; `None` when no face was found or `preview_only` was set.
    pub subject: Option<SubjectExamination>,
    /// Name and version of the inference engine.
    pub engine: String,
    /// Models in use.
    pub models: Vec<ModelId>,
}

/// Findings about the subject of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectExamination {
    /// Liveness verdict.
    pub verdict: PadVerdict,
    /// Joined liveness score, 0..=1; higher is more bona fide.
    pub score: f32,
    /// Reasons of the verdict, for people, in the order of `evidence`.
    pub reasons: Vec<String>,
    /// Evidence of each layer.
    pub evidence: Vec<PadEvidence>,
    /// Gestures that the subject made, by start.
    pub gestures: Vec<GestureEvent>,
    /// Frame of the best shot, full-size JPEG.
    pub best_shot: EncodedPicture,
    /// Presentation time of the best shot.
    pub best_shot_time: Duration,
    /// Unified quality of the best shot, 0..=100.
    pub quality: u8,
    /// Features of the best shot; `None` without an extractor.
    pub features: Option<FeatureVector>,
}
