//! Feature extraction for face recognition.
//!
//! Invariant: feature vectors are comparable if and only if their feature spaces have equal names. Anything
//! that changes the values (mirroring, fusion, the weights of a fusion) changes the name of the space.

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

/// Creates the extractor that a manifest describes; `calibration` is usually [`calibration_of`] the manifest.
///
/// # Errors
/// `model.invalid_manifest` when the family is not a feature extractor or a key is missing;
/// `inference.shape_mismatch` and `inference.invalid_model` when the session does not match the manifest.
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
        _ => Err(manifest.invalid("family", "is not a feature extractor")),
    }
}

/// Wraps an extractor in [`Mirrored`] with the measured calibration of the mirrored space.
///
/// # Errors
/// `input.invalid_value` when no calibration of the mirrored space is known; [`Mirrored::new`] accepts one.
pub fn mirrored(extractor: AlignedExtractor) -> Result<Mirrored> {
    let calibration = measured_calibration(&Mirrored::space(extractor.model()))?;
    Ok(Mirrored::new(extractor, calibration))
}

/// Measured calibration of a feature space, as [`known_calibration`].
///
/// # Errors
/// `input.invalid_value` when no calibration of the space is known.
pub fn measured_calibration(space: &ModelId) -> Result<Calibration> {
    known_calibration(space).ok_or_else(|| Error::InvalidValue {
        name: "extractor",
        detail: format!("`{space}` is not calibrated: it has no known operating points"),
    })
}

/// Fuses several extractors with measured weights and calibration; a single extractor is returned unchanged.
///
/// Without measured weights, the parts are weighted by [`Part::by_calibration`]. Without a measured
/// calibration, [`Fused::cautious_calibration`] bounds the error rates.
///
/// # Errors
/// `input.invalid_value` when `extractors` is empty, or their calibrations have no false match rates in
/// common.
pub fn joined(mut extractors: Vec<Arc<dyn FeatureExtractor>>) -> Result<Arc<dyn FeatureExtractor>> {
    if extractors.len() < 2 {
        return extractors.pop().ok_or_else(|| Error::InvalidValue {
            name: "extractors",
            detail: "at least one is required".into(),
        });
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
