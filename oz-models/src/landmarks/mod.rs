//! Face landmarks and expression.
//!
//! Invariant: all coordinates that leave this module are in pixels of the source image.

mod blendshapes;
mod face_mesh;
mod rotated_square;

pub use blendshapes::{BlendshapeReader, BlendshapeSpec};
pub use face_mesh::{FaceMeshSpec, MeshEstimator};
pub use rotated_square::RotatedSquare;

use std::sync::Arc;

use oz_core::Result;
use oz_core::inference::port::Session;

use crate::ledger::{Family, Manifest};

/// Creates the estimator that a manifest describes; with `blendshapes`, it also estimates the expression.
///
/// # Errors
/// `model.invalid_manifest` when a manifest is of the wrong family or lacks a parameter;
/// `inference.shape_mismatch` and `inference.invalid_model` when a session does not match its manifest.
pub fn from_manifest(
    mesh: (&Manifest, Arc<dyn Session>),
    blendshapes: Option<(&Manifest, Arc<dyn Session>)>,
) -> Result<MeshEstimator> {
    let (manifest, session) = mesh;
    if manifest.family != Family::FaceMesh {
        return Err(manifest.invalid("family", "is not a face mesh"));
    }
    let estimator = MeshEstimator::new(manifest.id.clone(), session, FaceMeshSpec::from_manifest(manifest)?)?;

    match blendshapes {
        None => Ok(estimator),
        Some((manifest, session)) => {
            let spec = BlendshapeSpec::from_manifest(manifest)?;
            Ok(estimator.with_blendshapes(BlendshapeReader::new(manifest.id.clone(), session, spec)?))
        }
    }
}
