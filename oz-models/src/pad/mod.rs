//! Presentation attack detection (PAD) on single frames.
//!
//! Invariant: a score is in 0..=1 and higher means bona fide, regardless of the classes of the network.

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

/// Creates the PAD detector that a manifest describes.
///
/// # Errors
/// `model.invalid_manifest` when the family is not a PAD detector or a parameter is missing;
/// `inference.shape_mismatch` and `inference.invalid_model` when the session does not match the manifest.
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
        _ => Err(manifest.invalid("family", "is not a PAD detector")),
    }
}
