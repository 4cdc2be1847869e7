//! What similarities mean, as far as it was measured.

use oz_core::Result;
use oz_core::face::{Calibration, OperatingPoint};
use oz_core::inference::ModelId;
use serde::Deserialize;

use crate::ledger::{Manifest, MeasuredPoint};

/// Measurements of spaces that are not a model of their own: mirrored and fused.
const SPACES: &str = include_str!("spaces.toml");

/// The calibration that a manifest states: its operating points of metric `fmr`, thresholds being cosine similarities.
///
/// # Errors
/// `model.invalid_manifest` when there are fewer than two such points or they contradict each other.
pub fn calibration_of(manifest: &Manifest) -> Result<Calibration> {
    calibration(&manifest.operating_points).map_err(|error| manifest.invalid("operating_point", error))
}

/// The calibration of a mirrored or fused space, if it was measured.
#[must_use]
pub fn known_calibration(space: &ModelId) -> Option<Calibration> {
    let found = spaces().space.into_iter().find(|known| known.id == space.as_str())?;
    Some(calibration(&found.operating_point).expect("a test reads every entry"))
}

/// The weights with which these spaces are best fused, in their order, if that was measured.
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
    toml::from_str(SPACES).expect("a test reads the file")
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
    fn every_entry_can_be_used() {
        for space in spaces().space {
            assert!(
                known_calibration(&ModelId::new(&space.id)).is_some_and(|known| known.slope > 0.0),
                "{}",
                space.id
            );
        }
    }

    #[test]
    fn weights_do_not_depend_on_the_order() {
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
    fn what_was_not_measured_is_not_known() {
        assert!(known_calibration(&ModelId::new("my_own+mirror")).is_none());
        assert!(known_weights(&[&ModelId::new("my_own"), &ModelId::new("mobilefacenet_192")]).is_none());
    }
}
