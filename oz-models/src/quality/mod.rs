//! Face image quality, measured on pixels and mesh geometry, modelled on ISO/IEC 29794-5.
//!
//! Invariants: no model runs; each component falls when the image gets worse in the aspect that it measures,
//! and carries advice in plain words when it is below the acceptable value.

mod advice;
mod chip;
mod exposure;
mod expression;
mod occlusion;
mod response;
mod sharpness;

use oz_core::Result;
use oz_core::face::port::QualityAssessor;
use oz_core::face::{HeadPose, LocatedFace, QualityComponent, QualityElement, QualityReport};
use oz_core::media::Image;

use chip::Chip;

/// Measures every [`QualityElement`]; takes about 0.5 ms per face.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeasuredQuality;

impl QualityAssessor for MeasuredQuality {
    fn assess(&self, image: &Image, faces: &[LocatedFace]) -> Result<Vec<QualityReport>> {
        faces.iter().map(|face| assess_one(image, face, faces)).collect()
    }
}

/// Result of one element: the raw quantity in the unit of [`QualityElement`] and the quality value, 0..=100.
#[derive(Debug, Clone, Copy)]
struct Measure {
    raw: f32,
    value: f32,
}

fn assess_one(image: &Image, face: &LocatedFace, faces: &[LocatedFace]) -> Result<QualityReport> {
    use QualityElement as E;

    let chip = Chip::cut(image, face)?;
    let measures = [
        (E::SingleFace, single_face(face, faces)),
        (E::Pose, pose(&face.pose)),
        (E::Sharpness, sharpness::measure(&chip)),
        (E::Illumination, exposure::symmetry(&chip)),
        (E::UnderExposure, exposure::dark_share(&chip)),
        (E::OverExposure, exposure::bright_share(&chip)),
        (E::EyesOpen, expression::eyes_open(face)),
        (E::MouthClosed, expression::mouth_closed(face)),
        (E::InterEyeDistance, inter_eye_distance(face)),
        (E::OcclusionFree, occlusion::measure(image, face)),
        (E::Crop, crop(image, face)),
    ];
    Ok(QualityReport::from_components(measures.map(|(element, measure)| component(element, measure)).into()))
}

fn component(element: QualityElement, Measure { raw, value }: Measure) -> QualityComponent {
    let value = value.clamp(0.0, 100.0).round() as u8;
    let advice = (value < QualityReport::ACCEPTABLE).then(|| advice::for_element(element).to_owned());
    QualityComponent { element, raw, value, advice }
}

/// 100 for a single face, 0 beside a face of the same size.
///
/// Source: ISO/IEC 29794-5, single face present.
fn single_face(face: &LocatedFace, faces: &[LocatedFace]) -> Measure {
    let area = |face: &LocatedFace| face.mesh.bounding_box().area();
    let others = faces.iter().filter(|other| !std::ptr::eq(*other, face)).map(area);
    let largest = others.fold(0.0, f32::max);
    Measure { raw: faces.len() as f32, value: 100.0 * (1.0 - largest / area(face).max(1.0)) }
}

/// Typical pitch of the mesh in degrees: median over 220 faces of LFW.
const PITCH_NEUTRAL: f32 = 3.0;
/// Spread of the pitch in degrees over faces and camera heights: half the interquartile range over the same
/// faces.
const PITCH_TOLERANCE: f32 = 6.0;

fn pose(pose: &HeadPose) -> Measure {
    let pitch = ((pose.pitch - PITCH_NEUTRAL).abs() - PITCH_TOLERANCE).max(0.0);
    let raw = HeadPose { pitch, ..*pose }.largest();
    Measure { raw, value: response::POSE.value(raw) }
}

fn inter_eye_distance(face: &LocatedFace) -> Measure {
    let raw = face.five_points().inter_eye_distance();
    Measure { raw, value: response::inter_eye_distance(raw) }
}

/// Size of the head as a multiple of the bounding box of the mesh, which ends at the brow and before the
/// ears.
const HEAD_SCALE: f32 = 1.4;

fn crop(image: &Image, face: &LocatedFace) -> Measure {
    let head = face.mesh.bounding_box().scaled(HEAD_SCALE);
    let raw = head.visible_share(image.width(), image.height());
    Measure { raw, value: response::CROP.value(raw) }
}

#[cfg(test)]
mod tests;
