//! Presentation attack detection (PAD): scores, evidence and verdicts.
//!
//! Terms of ISO/IEC 30107-3: a live subject is a bona fide presentation, anything else is an attack
//! presentation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Score of a PAD model, 0..=1; higher is more bona fide, 0.5 is the model's operating point.
///
/// ```
/// use oz_core::face::PadScore;
///
/// assert_eq!(PadScore::new(0.75)?.value(), 0.75);
/// assert_eq!(PadScore::new(1.2).unwrap_err().code(), "input.invalid_value");
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct PadScore(f32);

impl PadScore {
    /// Checks and wraps a value.
    ///
    /// # Errors
    /// `input.invalid_value` unless the value is in 0..=1.
    pub fn new(value: f32) -> Result<Self> {
        if (0.0..=1.0).contains(&value) {
            return Ok(Self(value));
        }
        Err(Error::InvalidValue { name: "PAD score", detail: format!("must be in 0..=1, not {value}") })
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

/// Logistic map from a model's log-odds of bona fide to a [`PadScore`] that is comparable between models: 0.5
/// at the operating point chosen for the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PadCalibration {
    /// Log-odds of the model at its operating point, where the score is 0.5.
    pub center: f32,
    /// Change of the score's log-odds per unit of the model's log-odds.
    pub slope: f32,
}

impl Default for PadCalibration {
    /// Identity: the score is the model's own probability.
    fn default() -> Self {
        Self { center: 0.0, slope: 1.0 }
    }
}

impl PadCalibration {
    /// Score of the model's log-odds, -inf..=inf.
    ///
    /// # Errors
    /// `input.invalid_value` when `log_odds` is NaN.
    pub fn score(&self, log_odds: f32) -> Result<PadScore> {
        PadScore::new(1.0 / (1.0 + (-self.slope * (log_odds - self.center)).exp()))
    }
}

/// Layers of evidence of the liveness verdict.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
#[non_exhaustive]
pub enum PadLayer {
    /// Scores of a trained PAD model on single frames.
    Appearance,
    /// Periodic patterns of screens and print in the spectrum of the face.
    Texture,
    /// Motion of the face: that of a solid head or of a flat picture.
    Motion,
    /// Consistency of the identity over all frames.
    Identity,
    /// Gestures made against gestures requested.
    Gesture,
    /// Flow of the frames: frozen, looped or cut.
    Capture,
    /// Layer that an application adds, by its name.
    Custom(Arc<str>),
}

impl PadLayer {
    /// The built-in layers, in the order of their evidence.
    pub const BUILT_IN: [Self; 6] =
        [Self::Appearance, Self::Texture, Self::Motion, Self::Identity, Self::Gesture, Self::Capture];

    /// Stable name used in documents and storage.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Appearance => "appearance",
            Self::Texture => "texture",
            Self::Motion => "motion",
            Self::Identity => "identity",
            Self::Gesture => "gesture",
            Self::Capture => "capture",
            Self::Custom(name) => name,
        }
    }
}

impl From<PadLayer> for String {
    fn from(layer: PadLayer) -> Self {
        layer.name().to_owned()
    }
}

/// A name that no built-in layer has is that of a custom layer.
impl From<String> for PadLayer {
    fn from(name: String) -> Self {
        let built_in = Self::BUILT_IN.into_iter().find(|layer| layer.name() == name);
        built_in.unwrap_or_else(|| Self::Custom(name.into()))
    }
}

/// Evidence of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PadEvidence {
    /// Layer that gives the evidence.
    pub layer: PadLayer,
    /// Score, 0..=1; higher is more bona fide, [`PadEvidence::NEUTRAL`] counts for neither side.
    pub score: f32,
    /// Weight of the score, 0..=1; 0 when the layer cannot judge the presentation.
    pub confidence: f32,
    /// Reason for the score, for people.
    pub reason: String,
}

impl PadEvidence {
    /// Score that counts neither for a bona fide presentation nor for an attack.
    pub const NEUTRAL: f32 = 0.5;

    /// Evidence with a score (0..=1) and a confidence (0..=1), neither of which is checked.
    #[must_use]
    pub fn new(layer: PadLayer, score: f32, confidence: f32, reason: impl Into<String>) -> Self {
        Self { layer, score, confidence, reason: reason.into() }
    }

    /// Evidence of a layer that cannot judge the presentation: neutral, with a confidence of 0.
    #[must_use]
    pub fn undecided(layer: PadLayer, reason: impl Into<String>) -> Self {
        Self::new(layer, Self::NEUTRAL, 0.0, reason)
    }
}

/// Verdict on a presentation.
///
/// ```
/// use oz_core::face::pad::PadVerdict;
///
/// /// Only a bona fide verdict is a pass; inconclusive is a refusal.
/// fn is_accepted(verdict: PadVerdict) -> bool {
///     verdict == PadVerdict::BonaFide
/// }
/// assert!(!is_accepted(PadVerdict::Inconclusive));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PadVerdict {
    /// Bona fide presentation: a live person.
    BonaFide,
    /// Attack presentation: a picture, a screen, a mask or a manipulated recording.
    Attack,
    /// Not enough evidence for either.
    Inconclusive,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operating_point_scores_one_half() {
        let calibration = PadCalibration { center: 1.5, slope: 2.0 };
        assert_eq!(calibration.score(1.5).unwrap().value(), 0.5);
        assert!(calibration.score(3.0).unwrap().value() > 0.9);
        assert_eq!(calibration.score(f32::NEG_INFINITY).unwrap().value(), 0.0);
        assert_eq!(calibration.score(f32::NAN).unwrap_err().code(), "input.invalid_value");
    }

    #[test]
    fn default_calibration_keeps_the_probability() {
        let score = PadCalibration::default().score(3f32.ln()).unwrap().value();
        assert!((score - 0.75).abs() < 1e-6);
    }
}
