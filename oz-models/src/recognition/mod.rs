//! Turning faces into feature vectors.
//!
//! Invariant: equal names, comparable vectors. Whatever changes the numbers (mirroring, fusing, the weights of a fusion)
//! changes the name of the space.

mod aligned;
mod arcface;
mod calibration;
mod dlib;
mod fused;
mod mirrored;

use std::sync::Arc;

use oz_core::Result;
use oz_core::face::Calibration;
use oz_core::inference::port::Session;

pub use aligned::{AlignedExtractor, AlignedSpec};
pub use calibration::{calibration_of, known_calibration};
pub use fused::{Fused, Part};
pub use mirrored::Mirrored;

use crate::ledger::{Family, Manifest};

/// The extractor that a manifest describes.
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
