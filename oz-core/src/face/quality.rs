//! Quality of face images for comparison, after ISO/IEC 29794-5.

use serde::{Deserialize, Serialize};

/// Quality element of a face image. The docs name the raw quantity that is measured for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QualityElement {
    /// No other face in the image. Raw: number of faces.
    SingleFace,
    /// The head faces the camera. Raw: largest absolute angle of yaw, pitch and roll in degrees, after
    /// subtraction of the usual pitch.
    Pose,
    /// The face is in focus and without motion blur. Raw: share, 0..=1, of the gradient energy that a 3 x 3
    /// mean filter removes.
    Sharpness,
    /// Both halves of the face are lit equally. Raw: overlap, 0..=1, of the brightness histograms of both
    /// halves.
    Illumination,
    /// The face is not underexposed. Raw: share of dark pixels, 0..=1.
    UnderExposure,
    /// The face is not overexposed. Raw: share of bright pixels, 0..=1.
    OverExposure,
    /// Both eyes are open. Raw: opening over the width of the eye.
    EyesOpen,
    /// The mouth is closed. Raw: opening over the distance from eyes to chin.
    MouthClosed,
    /// The resolution is sufficient. Raw: distance between the eye centres in pixels.
    InterEyeDistance,
    /// The face is not occluded, as far as can be measured without a segmentation model. Raw: 0..=1, 1 is
    /// free.
    OcclusionFree,
    /// The whole head lies inside the image. Raw: share of the head's box inside the image, 0..=1.
    Crop,
}

/// Value of one quality element.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityComponent {
    /// Assessed element.
    pub element: QualityElement,
    /// Measured quantity, in the unit documented at the element.
    pub raw: f32,
    /// Quality value, 0..=100; 100 is best.
    pub value: u8,
    /// Advice for people, if `value` is below [`QualityReport::ACCEPTABLE`].
    pub advice: Option<String>,
}

/// Quality of one face image: a unified score and its components.
///
/// ```
/// use oz_core::face::{QualityComponent, QualityElement, QualityReport};
///
/// let component = |element, raw, value, advice: Option<&str>| QualityComponent {
///     element,
///     raw,
///     value,
///     advice: advice.map(String::from),
/// };
/// let report = QualityReport::from_components(vec![
///     component(QualityElement::Sharpness, 0.8, 100, None),
///     component(QualityElement::Pose, 31.0, 25, Some("look straight into the camera")),
/// ]);
/// assert_eq!(report.unified, 50); // geometric mean of 100 and 25
/// assert_eq!(report.value(QualityElement::Pose), Some(25));
/// assert_eq!(report.advice(), ["look straight into the camera"]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QualityReport {
    /// Unified quality score, 0..=100; 100 is best. At most 50 above the weakest component.
    pub unified: u8,
    /// Components, in the order of [`QualityElement`].
    pub components: Vec<QualityComponent>,
}

impl QualityReport {
    /// Minimum value of a component that needs no advice.
    pub const ACCEPTABLE: u8 = 50;

    /// Joins components, in any order. The unified score is their geometric mean, so that one bad component
    /// spoils an otherwise good image, capped at 50 above the weakest one; 0 without components.
    #[must_use]
    pub fn from_components(mut components: Vec<QualityComponent>) -> Self {
        components.sort_by_key(|component| component.element);
        let logs: f64 = components.iter().map(|c| (f64::from(c.value).max(1.0) / 100.0).ln()).sum();
        let mean = if components.is_empty() { 0.0 } else { (logs / components.len() as f64).exp() };
        let weakest = components.iter().map(|c| c.value).min().unwrap_or(0);
        let unified = (100.0 * mean).min(f64::from(weakest) + 50.0).round() as u8;
        Self { unified, components }
    }

    /// Value of one element, 0..=100; `None` if it was not assessed.
    #[must_use]
    pub fn value(&self, element: QualityElement) -> Option<u8> {
        self.components.iter().find(|component| component.element == element).map(|component| component.value)
    }

    /// All advice, by rising value of its component.
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
    fn unified_score_falls_with_each_component() {
        assert_eq!(report(&[100, 100, 100]).unified, 100);
        assert!(report(&[100, 100, 80]).unified > report(&[100, 100, 60]).unified);
        assert!(report(&[100, 100, 100, 100, 100, 100, 5]).unified <= 55);
        assert_eq!(report(&[]).unified, 0);
    }

    #[test]
    fn advice_starts_with_the_lowest_value() {
        assert_eq!(report(&[40, 90, 10]).advice(), ["10", "40"]);
    }
}
