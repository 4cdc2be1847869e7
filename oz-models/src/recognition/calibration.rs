//! What similarities mean, as far as it was measured.

use oz_core::Result;
use oz_core::face::{Calibration, OperatingPoint};
use oz_core::inference::ModelId;

use crate::ledger::Manifest;

/// The calibration that a manifest states: its operating points of metric `fmr`, thresholds being cosine similarities.
///
/// # Errors
/// `model.invalid_manifest` when there are fewer than two such points or they contradict each other.
pub fn calibration_of(manifest: &Manifest) -> Result<Calibration> {
    let points = manifest.operating_points.iter().filter(|point| point.metric == "fmr").map(|point| OperatingPoint {
        fmr: point.value,
        similarity: point.threshold as f32,
        set: point.set.clone(),
    });
    Calibration::from_points(points.collect()).map_err(|e| manifest.invalid("operating_point", e))
}

/// The calibration of a space that is not a model of its own: mirrored or fused.
#[must_use]
pub fn known_calibration(_space: &ModelId) -> Option<Calibration> {
    None
}
