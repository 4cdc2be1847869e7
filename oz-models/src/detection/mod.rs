//! Face detectors.
//!
//! Invariant: the boxes that a detector returns have a positive area and are sorted by area, largest first.

mod blazeface;
mod cascade;
mod overlap;
mod yunet;

use std::sync::Arc;

use oz_core::Result;
use oz_core::face::DetectedFace;
use oz_core::face::port::FaceDetector;
use oz_core::inference::port::Session;

pub use blazeface::{AnchorLayer, BlazeFace, BlazeFaceSpec};
pub use cascade::Cascade;
pub use overlap::{keep_best, merge_weighted};
pub use yunet::{YuNet, YuNetSpec};

use crate::ledger::{Family, Manifest};

/// Creates the detector that a manifest describes.
///
/// # Errors
/// `model.invalid_manifest` when the family is not a detector or a parameter is missing;
/// `inference.shape_mismatch` and `inference.invalid_model` when the session does not match the manifest.
pub fn from_manifest(manifest: &Manifest, session: Arc<dyn Session>) -> Result<Arc<dyn FaceDetector>> {
    let id = manifest.id.clone();
    match manifest.family {
        Family::Blazeface => {
            Ok(Arc::new(BlazeFace::new(id, session, BlazeFaceSpec::from_manifest(manifest)?)?))
        }
        Family::Yunet => Ok(Arc::new(YuNet::new(id, session, YuNetSpec::from_manifest(manifest)?)?)),
        _ => Err(manifest.invalid("family", "is not a face detector")),
    }
}

/// Drops faces without a positive area and sorts the rest by area, largest first.
fn largest_first(faces: impl IntoIterator<Item = DetectedFace>) -> Vec<DetectedFace> {
    let area = |face: &DetectedFace| face.bounding_box.area();
    let mut faces: Vec<_> =
        faces.into_iter().filter(|face| area(face).is_finite() && area(face) > 0.0).collect();
    faces.sort_by(|a, b| area(b).total_cmp(&area(a)));
    faces
}
