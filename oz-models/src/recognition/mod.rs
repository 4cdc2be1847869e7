//! Turning faces into feature vectors.
//!
//! Invariant: equal names, comparable vectors. Whatever changes the numbers (mirroring, fusing, the weights of a fusion)
//! changes the name of the space.

mod aligned;
mod arcface;
mod dlib;
mod fused;
mod measured;
mod mirrored;
mod spaces;

use std::sync::Arc;

use oz_core::face::Calibration;
use oz_core::face::port::FeatureExtractor;
use oz_core::inference::ModelId;
use oz_core::inference::port::Session;
use oz_core::{Error, Result};

pub use aligned::{AlignedExtractor, AlignedSpec};
pub use fused::{Fused, Part};
pub use measured::{Measurements, Recalibrated};
pub use mirrored::Mirrored;
pub use spaces::{calibration_of, known_calibration, known_weights};

use crate::ledger::{Family, Manifest};

/// The extractor that a manifest describes; `calibration` is usually [`calibration_of`] the manifest.
///
/// # Errors
/// `model.invalid_manifest` when the family takes no features or a key is missing; `inference.shape_mismatch` and
/// `inference.invalid_model` when the session is not that of the manifest.
pub fn from_manifest(
    manifest: &Manifest,
    session: Arc<dyn Session>,
    calibration: Calibration,
) -> Result<AlignedExtractor> {
    match manifest.family {
        Family::Arcface | Family::DlibResnet => {
            let spec = AlignedSpec::from_manifest(manifest)?;
            AlignedExtractor::new(manifest.id.clone(), session, spec, calibration)
        }
        _ => Err(manifest.invalid("family", "takes no features")),
    }
}

/// The extractor with features averaged over the face and its mirror image, calibrated as measured.
///
/// # Errors
/// `input.invalid_value` when the mirrored space was never measured; [`Mirrored::new`] takes a calibration then.
pub fn mirrored(extractor: AlignedExtractor) -> Result<Mirrored> {
    let calibration = measured_calibration(&Mirrored::space(extractor.model()))?;
    Ok(Mirrored::new(extractor, calibration))
}

/// [`known_calibration`], or why there is none.
///
/// # Errors
/// `input.invalid_value` when the space was never measured.
pub fn measured_calibration(space: &ModelId) -> Result<Calibration> {
    known_calibration(space).ok_or_else(|| Error::InvalidValue {
        name: "extractor",
        detail: format!("`{space}` was never calibrated: no operating points are known for it"),
    })
}

/// Several extractors as one, weighted and calibrated as measured. Where nothing was measured they are weighted by their
/// calibrations, and [`Fused::cautious_calibration`] bounds the rates. One extractor stays as it is.
///
/// # Errors
/// `input.invalid_value` when there is none, or their calibrations have no rates in common.
pub fn joined(mut extractors: Vec<Arc<dyn FeatureExtractor>>) -> Result<Arc<dyn FeatureExtractor>> {
    if extractors.len() < 2 {
        let none = || Error::InvalidValue { name: "extractors", detail: "one at least is needed".into() };
        return extractors.pop().ok_or_else(none);
    }
    let names: Vec<_> = extractors.iter().map(|extractor| extractor.model()).collect();
    let parts: Vec<_> = match known_weights(&names) {
        Some(weights) => {
            let weighted = weights.into_iter().zip(extractors);
            weighted.map(|(weight, extractor)| Part { extractor, weight }).collect()
        }
        None => extractors.into_iter().map(Part::by_calibration).collect(),
    };
    let known = known_calibration(&Fused::space(&parts)?);
    let calibration = known.map_or_else(|| Fused::cautious_calibration(&parts), Ok)?;
    Ok(Arc::new(Fused::new(parts, calibration)?))
}
