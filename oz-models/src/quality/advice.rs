//! Advice for components below the acceptable value, in plain words.

use oz_core::face::QualityElement;

pub(super) fn for_element(element: QualityElement) -> &'static str {
    match element {
        QualityElement::SingleFace => "only one person may be in the picture",
        QualityElement::Pose => "turn the face to the camera",
        QualityElement::Sharpness => "hold the camera still and wait until it is in focus",
        QualityElement::Illumination => "light both sides of the face alike",
        QualityElement::UnderExposure => "more light on the face",
        QualityElement::OverExposure => "less light on the face",
        QualityElement::EyesOpen => "open both eyes",
        QualityElement::MouthClosed => "close the mouth",
        QualityElement::InterEyeDistance => "come closer to the camera",
        QualityElement::OcclusionFree => "uncover the face",
        QualityElement::Crop => "keep the whole head in the picture",
        _ => "take another picture",
    }
}
