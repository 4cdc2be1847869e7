//! How good a face image is for comparison, in the sense of ISO/IEC 29794-5.

use serde::{Deserialize, Serialize};

/// What is judged about a face image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QualityElement {
    /// No other face in the image. Raw: number of faces.
    SingleFace,
    /// The head faces the camera. Raw: largest of yaw, pitch and roll in degrees, the pitch that cameras usually see taken
    /// off.
    Pose,
    /// The face is in focus and not blurred by motion. Raw: share of the gradient energy that a mean over 3 x 3 pixels takes
    /// away, 0..=1.
    Sharpness,
    /// Both halves of the face are lit alike. Raw: overlap of the brightness histograms of both halves, 0..=1.
    Illumination,
    /// The face is not too dark. Raw: share of dark pixels, 0..=1.
    UnderExposure,
    /// The face is not washed out. Raw: share of bright pixels, 0..=1.
    OverExposure,
    /// Both eyes are open. Raw: opening relative to the eye's width.
    EyesOpen,
    /// The mouth is closed. Raw: opening relative to the distance of eyes and chin.
    MouthClosed,
    /// There are enough pixels. Raw: distance of the eye centres in pixels.
    InterEyeDistance,
    /// Nothing covers the face, as far as this can be told without a segmentation model. Raw: 0..=1, 1 is free.
    OcclusionFree,
    /// The whole head lies inside the image. Raw: share of the head's box that does, 0..=1.
    Crop,
}

/// One judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityComponent {
    /// What is judged.
    pub element: QualityElement,
    /// The measured quantity, in the unit that the element names.
    pub raw: f32,
    /// 0..=100, 100 is best.
    pub value: u8,
    /// What to do about it, in plain words, when `value` is below [`QualityReport::ACCEPTABLE`].
    pub advice: Option<String>,
}

/// All judgements of one face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityReport {
    /// Unified score, 0..=100: what a comparison on this image is worth. The weakest component bounds it.
    pub unified: u8,
    /// Every component, in the order of [`QualityElement`].
    pub components: Vec<QualityComponent>,
}

impl QualityReport {
    /// Component value from which an image needs no remark.
    pub const ACCEPTABLE: u8 = 50;

    /// Joins components: the geometric mean of all, so that one bad component spoils an image that is good otherwise.
    #[must_use]
    pub fn from_components(mut components: Vec<QualityComponent>) -> Self {
        components.sort_by_key(|component| component.element);
        let logs: f64 = components.iter().map(|c| (f64::from(c.value).max(1.0) / 100.0).ln()).sum();
        let mean = if components.is_empty() { 0.0 } else { (logs / components.len() as f64).exp() };
        let weakest = components.iter().map(|c| c.value).min().unwrap_or(0);
        let unified = (100.0 * mean).min(f64::from(weakest) + 50.0).round() as u8;
        Self { unified, components }
    }

    /// The value of one element, 0..=100.
    #[must_use]
    pub fn value(&self, element: QualityElement) -> Option<u8> {
        self.components.iter().find(|component| component.element == element).map(|component| component.value)
    }

    /// What to do better, most urgent first.
    #[must_use]
    pub fn advice(&self) -> Vec<&str> {
        let mut weak: Vec<_> = self.components.iter().filter(|c| c.advice.is_some()).collect();
        weak.sort_by_key(|component| component.value);
        weak.into_iter().filter_map(|component| component.advice.as_deref()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(values: &[u8]) -> QualityReport {
        let component = |&value| QualityComponent {
            element: QualityElement::Pose,
            raw: 0.0,
            value,
            advice: (value < QualityReport::ACCEPTABLE).then(|| format!("{value}")),
        };
        QualityReport::from_components(values.iter().map(component).collect())
    }

    #[test]
    fn the_unified_score_falls_with_every_component() {
        assert_eq!(report(&[100, 100, 100]).unified, 100);
        assert!(report(&[100, 100, 80]).unified > report(&[100, 100, 60]).unified);
        assert!(report(&[100, 100, 100, 100, 100, 100, 5]).unified <= 55);
        assert_eq!(report(&[]).unified, 0);
    }

    #[test]
    fn advice_names_the_worst_first() {
        assert_eq!(report(&[40, 90, 10]).advice(), ["10", "40"]);
    }
}
