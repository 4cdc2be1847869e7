//! An analysis as plain data that can leave the process it was made in.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::face::FeatureVector;
use crate::face::gesture::{Gesture, GestureEvent};
use crate::face::pad::{PadEvidence, PadVerdict};
use crate::inference::ModelId;
use crate::media::{MediaKind, MediaType};

/// What to find out about media that came as bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExaminationRequest {
    /// Gestures that the subject was asked to make, in this order.
    pub actions: Vec<Gesture>,
    /// Make only a thumbnail and read the headers; look for no faces.
    pub preview_only: bool,
    /// Longest side of the thumbnail in pixels; none makes none.
    pub thumbnail_side: Option<u32>,
    /// Longest side in pixels of the animation of a shot set (GIF); none makes none.
    pub animation_side: Option<u32>,
}

/// An encoded picture. `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EncodedPicture(pub Vec<u8>);

impl fmt::Debug for EncodedPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedPicture({} bytes)", self.0.len())
    }
}

/// Everything that was found out about one of the media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// Format, told by content.
    pub media_type: MediaType,
    /// How the pictures belong together.
    pub kind: MediaKind,
    /// Width in pixels of the upright picture.
    pub width: u32,
    /// Height in pixels of the upright picture.
    pub height: u32,
    /// Presentation time of the last frame; zero for stills.
    pub duration: Duration,
    /// Frames decoded.
    pub frames: u64,
    /// Most faces on one picture; 0 when none was found, or none was looked for.
    #[serde(default)]
    pub faces: u32,
    /// A small JPEG of the best shot, or of the first frame.
    pub thumbnail: Option<EncodedPicture>,
    /// An animated GIF of a shot set.
    pub animation: Option<EncodedPicture>,
    /// What was found out about the subject; none when no face was found, or none was looked for.
    pub subject: Option<SubjectExamination>,
    /// What ran the models, name and version.
    pub engine: String,
    /// The models that took part.
    pub models: Vec<ModelId>,
}

/// What was found out about the person before the camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectExamination {
    /// Whether a live person stood there.
    pub verdict: PadVerdict,
    /// How bona fide the presentation is, all layers joined, 0..=1.
    pub score: f32,
    /// What decided, most important first.
    pub reasons: Vec<String>,
    /// What each layer said.
    pub evidence: Vec<PadEvidence>,
    /// Gestures that the subject made.
    pub gestures: Vec<GestureEvent>,
    /// The best picture, a JPEG in full size.
    pub best_shot: EncodedPicture,
    /// When it was taken.
    pub best_shot_time: Duration,
    /// Its unified quality, 0..=100.
    pub quality: u8,
    /// Features of the subject on it.
    pub features: Option<FeatureVector>,
}
