//! Telling live faces from pictures of faces, by one frame.
//!
//! Invariant: a score is 0..=1 and higher is more bona fide, whatever the network's classes are called.

mod averaged;
mod minifasnet;
mod scaled_box;
mod stacked_views;

use std::sync::Arc;

use oz_core::Result;
use oz_core::face::port::PadDetector;
use oz_core::inference::port::Session;

pub use averaged::Averaged;
pub use minifasnet::{MiniFasNet, MiniFasNetSpec};
pub use scaled_box::scaled_box;
pub use stacked_views::{StackedViews, StackedViewsSpec};

use crate::ledger::{Family, Manifest};

/// The detector that a manifest describes.
///
/// # Errors
/// `model.invalid_manifest` when the family is no PAD detector or a key is missing; `inference.shape_mismatch` and
/// `inference.invalid_model` when the session is not that of the manifest.
pub fn from_manifest(manifest: &Manifest, session: Arc<dyn Session>) -> Result<Arc<dyn PadDetector>> {
    match manifest.family {
        Family::Minifasnet => {
            let spec = MiniFasNetSpec::from_manifest(manifest)?;
            Ok(Arc::new(MiniFasNet::new(manifest.id.clone(), session, spec)?))
        }
        Family::StackedViews => {
            let spec = StackedViewsSpec::from_manifest(manifest)?;
            Ok(Arc::new(StackedViews::new(manifest.id.clone(), session, spec)?))
        }
        _ => Err(manifest.invalid("family", "is no PAD detector")),
    }
}
