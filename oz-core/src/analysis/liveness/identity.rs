//! Whether the recording shows one and the same person throughout.

use super::Presentation;
use crate::face::pad::{PadEvidence, PadLayer};
use crate::face::{ComparisonDecision, FeatureVector, Threshold};

/// Compares every sampled frame with the one that is most like all others.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let evidence = |score, confidence, reason: String| PadEvidence {
        layer: PadLayer::Identity,
        score,
        confidence,
        reason,
    };
    let sampled: Vec<_> = presentation
        .recording
        .subjects()
        .filter_map(|(frame, _)| frame.features.as_ref().map(|features| (frame.time, features)))
        .collect();
    let Some(calibration) = presentation.calibration.filter(|_| sampled.len() > 1) else {
        return evidence(0.5, 0.0, "too few frames to see whether the person stays the same".into());
    };
    let center = most_central(&sampled.iter().map(|(_, features)| *features).collect::<Vec<_>>());
    let is_stranger = |features: &FeatureVector| {
        let score = calibration.score(similarity(features, center));
        score.decide(Threshold::default()) == ComparisonDecision::NonMatch
    };
    // One frame may be blurred or half covered; somebody else stays for longer than that.
    let strangers: Vec<_> = sampled.iter().filter(|(_, features)| is_stranger(features)).collect();
    match strangers.as_slice() {
        [(time, _), _, ..] => {
            evidence(0.1, 0.9, format!("another person is seen at {:.1} s", time.as_secs_f32()))
        }
        [(time, _)] => {
            evidence(0.4, 0.3, format!("the person is hard to recognise at {:.1} s", time.as_secs_f32()))
        }
        [] => evidence(0.5, 1.0, format!("one and the same person in {} sampled frames", sampled.len())),
    }
}

/// The vector with the largest sum of similarities to all vectors.
fn most_central<'a>(vectors: &[&'a FeatureVector]) -> &'a FeatureVector {
    let closeness =
        |vector: &FeatureVector| vectors.iter().map(|other| similarity(vector, other)).sum::<f32>();
    vectors
        .iter()
        .max_by(|a, b| closeness(a).total_cmp(&closeness(b)))
        .expect("the caller gives at least two vectors")
}

/// Vectors of one recording come from one extractor; should they not, they are not alike.
fn similarity(a: &FeatureVector, b: &FeatureVector) -> f32 {
    a.similarity(b).unwrap_or(-1.0)
}
