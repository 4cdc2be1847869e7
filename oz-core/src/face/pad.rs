//! Presentation attack detection: what each layer of evidence says.
//!
//! Words after ISO/IEC 30107-3: a live subject is a bona fide presentation, anything else is an attack presentation.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How bona fide a presentation looks, 0..=1; higher is more bona fide.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct PadScore(f32);

impl PadScore {
    /// Wraps a value.
    ///
    /// # Errors
    /// `input.invalid_value` unless the value is in 0..=1.
    pub fn new(value: f32) -> Result<Self> {
        if (0.0..=1.0).contains(&value) {
            return Ok(Self(value));
        }
        Err(Error::InvalidValue { name: "PAD score", detail: format!("{value} is not in 0..=1") })
    }

    /// The value, 0..=1.
    #[must_use]
    pub fn value(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for PadScore {
    type Error = Error;
    fn try_from(value: f32) -> Result<Self> {
        Self::new(value)
    }
}

impl From<PadScore> for f32 {
    fn from(score: PadScore) -> f32 {
        score.0
    }
}

/// How a model's log-odds of bona fide become a [`PadScore`] that means the same for every model: .5 at the operating
/// point that was chosen for it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PadCalibration {
    /// The model's log-odds at the operating point.
    pub center: f32,
    /// Growth of the score's log-odds for each unit of the model's.
    pub slope: f32,
}

impl Default for PadCalibration {
    /// The model's own probability.
    fn default() -> Self {
        Self { center: 0.0, slope: 1.0 }
    }
}

impl PadCalibration {
    /// The score of the model's log-odds.
    ///
    /// # Errors
    /// `input.invalid_value` when they are not a number.
    pub fn score(&self, log_odds: f32) -> Result<PadScore> {
        PadScore::new(1.0 / (1.0 + (-self.slope * (log_odds - self.center)).exp()))
    }
}

/// The kinds of evidence that a liveness decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PadLayer {
    /// A trained model's judgement of single frames.
    Appearance,
    /// Patterns of screens and print in the picture's frequencies.
    Texture,
    /// Whether the face moves like a solid body or like a picture of one.
    Motion,
    /// Whether all frames show one and the same person.
    Identity,
    /// Whether the gestures that were asked for were made, in order.
    Gesture,
    /// Whether the frames come from a camera as they should: no frozen, repeated or looped stretch.
    Capture,
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PadEvidence {
    /// Which layer.
    pub layer: PadLayer,
    /// How bona fide the presentation looks to it, 0..=1; .5 is neither.
    pub score: f32,
    /// How much that is worth, 0..=1; 0 when the layer cannot tell.
    pub confidence: f32,
    /// Why, in plain words.
    pub reason: String,
}

/// The answer to "is a live person before the camera?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PadVerdict {
    /// A live person.
    BonaFide,
    /// A picture, screen, mask or manipulated recording.
    Attack,
    /// The evidence does not suffice for either.
    Inconclusive,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_the_operating_point() {
        let calibration = PadCalibration { center: 1.5, slope: 2.0 };
        assert_eq!(calibration.score(1.5).unwrap().value(), 0.5);
        assert!(calibration.score(3.0).unwrap().value() > 0.9);
        assert_eq!(calibration.score(f32::NEG_INFINITY).unwrap().value(), 0.0);
        assert_eq!(calibration.score(f32::NAN).unwrap_err().code(), "input.invalid_value");
    }

    #[test]
    fn without_a_calibration_the_model_is_taken_at_its_word() {
        let score = PadCalibration::default().score(3f32.ln()).unwrap().value();
        assert!((score - 0.75).abs() < 1e-6);
    }
}
