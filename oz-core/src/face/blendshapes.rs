//! Facial expression as 52 blendshape coefficients.

use serde::Serialize;

use super::landmarks::as_sequence;

/// Coefficients in use, with their index in the model's output. Left is the subject's left.
///
/// Source: MediaPipe `face_blendshapes_graph.cc`, 0.10.21; the names are those of ARKit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of ARKit")]
#[non_exhaustive]
pub enum Blendshape {
    EyeBlinkLeft = 9,
    EyeBlinkRight = 10,
    EyeLookDownLeft = 11,
    EyeLookDownRight = 12,
    EyeLookInLeft = 13,
    EyeLookInRight = 14,
    EyeLookOutLeft = 15,
    EyeLookOutRight = 16,
    EyeLookUpLeft = 17,
    EyeLookUpRight = 18,
    JawOpen = 25,
    MouthSmileLeft = 44,
    MouthSmileRight = 45,
}

/// The 52 coefficients, each 0..=1, in the order of the model's output.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Blendshapes(#[serde(serialize_with = "as_sequence")] pub Box<[f32; 52]>);

impl Blendshapes {
    /// Value of one coefficient, 0..=1.
    #[must_use]
    pub fn value(&self, shape: Blendshape) -> f32 {
        self.0[shape as usize]
    }

    /// Closure of both eyes, 0..=1: the minimum of both, so a wink is no blink.
    #[must_use]
    pub fn blink(&self) -> f32 {
        self.value(Blendshape::EyeBlinkLeft).min(self.value(Blendshape::EyeBlinkRight))
    }

    /// Smile, 0..=1: mean of both corners of the mouth.
    #[must_use]
    pub fn smile(&self) -> f32 {
        (self.value(Blendshape::MouthSmileLeft) + self.value(Blendshape::MouthSmileRight)) / 2.0
    }

    /// Opening of the jaw, 0..=1.
    #[must_use]
    pub fn jaw_open(&self) -> f32 {
        self.value(Blendshape::JawOpen)
    }

    /// Direction of the gaze, `(to the subject's left, upwards)`, each -1..=1.
    #[must_use]
    pub fn gaze(&self) -> (f32, f32) {
        use Blendshape::{
            EyeLookDownLeft, EyeLookDownRight, EyeLookInLeft, EyeLookInRight, EyeLookOutLeft,
            EyeLookOutRight, EyeLookUpLeft, EyeLookUpRight,
        };

        let v = |shape| self.value(shape);
        let left = (v(EyeLookOutLeft) + v(EyeLookInRight) - v(EyeLookInLeft) - v(EyeLookOutRight)) / 2.0;
        let up = (v(EyeLookUpLeft) + v(EyeLookUpRight) - v(EyeLookDownLeft) - v(EyeLookDownRight)) / 2.0;
        (left, up)
    }
}
