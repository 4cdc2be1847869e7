//! Measured calibrations of feature spaces and weights of fusions.

use oz_core::Result;
use oz_core::face::{Calibration, OperatingPoint};
use oz_core::inference::ModelId;
use serde::Deserialize;

use crate::ledger::{Manifest, MeasuredPoint};

/// Measurements of derived feature spaces: mirrored and fused ones.
const SPACES: &str = include_str!("spaces.toml");

/// Calibration from the operating points of a manifest with metric `fmr`, whose thresholds are cosine
/// similarities.
///
/// # Errors
/// `model.invalid_manifest` when there are fewer than two such points or they are contradictory.
pub fn calibration_of(manifest: &Manifest) -> Result<Calibration> {
    calibration(&manifest.operating_points).map_err(|error| manifest.invalid("operating_point", error))
}

/// Measured calibration of a mirrored or fused space, if any.
#[must_use]
pub fn known_calibration(space: &ModelId) -> Option<Calibration> {
    let found = spaces().space.into_iter().find(|known| known.id == space.as_str())?;
    Some(calibration(&found.operating_point).expect("every entry is valid, which a test ensures"))
}

/// Best measured weights for a fusion of these spaces, in their order, if any.
#[must_use]
pub fn known_weights(spaces_to_fuse: &[&ModelId]) -> Option<Vec<f32>> {
    let weight_in = |known: &Fusion, space: &ModelId| {
        known.parts.iter().find(|part| part.space == space.as_str()).map(|part| part.weight)
    };
    let same_size = spaces().fusion.into_iter().filter(|known| known.parts.len() == spaces_to_fuse.len());
    same_size.filter_map(|known| spaces_to_fuse.iter().map(|space| weight_in(&known, space)).collect()).next()
}

pub(super) fn calibration(points: &[MeasuredPoint]) -> Result<Calibration> {
    let rates = points.iter().filter(|point| point.metric == "fmr");
    let points = rates.map(|point| OperatingPoint {
        fmr: point.value,
        similarity: point.threshold as f32,
        set: point.set.clone(),
    });
    Calibration::from_points(points.collect())
}

fn spaces() -> Spaces {
    toml::from_str(SPACES).expect("the file is valid, which a test ensures")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spaces {
    #[serde(default)]
    fusion: Vec<Fusion>,
    #[serde(default)]
    space: Vec<Space>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fusion {
    parts: Vec<FusionPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FusionPart {
    space: String,
    weight: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Space {
    id: String,
    operating_point: Vec<MeasuredPoint>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_valid_calibration() {
        for space in spaces().space {
            assert!(
                known_calibration(&ModelId::new(&space.id)).is_some_and(|known| known.slope() > 0.0),
                "{}",
                space.id
            );
        }
    }

    #[test]
    fn weights_follow_the_order_of_the_spaces() {
        for Fusion { parts } in spaces().fusion {
            let names: Vec<_> = parts.iter().map(|part| ModelId::new(&part.space)).collect();
            let forward = known_weights(&names.iter().collect::<Vec<_>>()).unwrap();
            let mut backward = known_weights(&names.iter().rev().collect::<Vec<_>>()).unwrap();
            backward.reverse();
            assert_eq!(forward, backward);
        }
    }

    #[test]
    fn every_fusion_with_known_weights_is_calibrated() {
        for Fusion { mut parts } in spaces().fusion {
            parts.sort_by(|a, b| a.space.cmp(&b.space));
            let names: Vec<_> =
                parts.iter().map(|part| format!("{}:{:.2}", part.space, part.weight)).collect();
            let space = ModelId::new(format!("fused({})", names.join(",")));
            assert!(known_calibration(&space).is_some(), "{space}");
        }
    }

    #[test]
    fn unmeasured_space_is_unknown() {
        assert!(known_calibration(&ModelId::new("my_own+mirror")).is_none());
        assert!(known_weights(&[&ModelId::new("my_own"), &ModelId::new("mobilefacenet_192")]).is_none());
    }
}
