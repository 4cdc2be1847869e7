//! Finding the points of a face, and reading its expression.
//!
//! Invariant: whatever comes out is in pixels of the picture that went in.

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

/// The estimator that a manifest describes; `blendshapes`, when given, reads the expression from its points.
///
/// # Errors
/// `model.invalid_manifest` when a family is another one or a key is missing; `inference.shape_mismatch` and
/// `inference.invalid_model` when a session is not that of its manifest.
pub fn from_manifest(
    mesh: (&Manifest, Arc<dyn Session>),
    blendshapes: Option<(&Manifest, Arc<dyn Session>)>,
) -> Result<MeshEstimator> {
    let (manifest, session) = mesh;
    if manifest.family != Family::FaceMesh {
        return Err(manifest.invalid("family", "is no face mesh"));
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
