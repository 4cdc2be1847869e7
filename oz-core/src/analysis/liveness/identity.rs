//! Identity layer: consistency of the person over all frames of the recording.

use super::Presentation;
use crate::face::pad::{PadEvidence, PadLayer};
use crate::face::{ComparisonDecision, FeatureVector, Threshold};

/// Compares the features of every sampled frame with those of the most central one.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let sampled: Vec<_> = presentation
        .recording
        .subjects()
        .filter_map(|(frame, _)| frame.features.as_ref().map(|features| (frame.time, features)))
        .collect();
    let Some(calibration) = presentation.calibration.filter(|_| sampled.len() > 1) else {
        let reason = "too few frames to compare the person over time";
        return PadEvidence::undecided(PadLayer::Identity, reason);
    };

    let center = most_central(&sampled.iter().map(|(_, features)| *features).collect::<Vec<_>>());
    let mut strangers = sampled.iter().filter(|(_, features)| {
        let score = calibration.score(similarity(features, center));
        score.decide(Threshold::default()) == ComparisonDecision::NonMatch
    });

    // A single frame may be blurred or half covered; another person stays in view for longer.
    let (score, confidence, reason) = match (strangers.next(), strangers.next()) {
        (Some((time, _)), Some(_)) => (0.1, 0.9, format!("another person at {:.1} s", time.as_secs_f32())),
        (Some((time, _)), None) => {
            (0.4, 0.3, format!("the person is hard to recognise at {:.1} s", time.as_secs_f32()))
        }
        (None, _) => {
            (PadEvidence::NEUTRAL, 1.0, format!("the same person in {} sampled frames", sampled.len()))
        }
    };
    PadEvidence::new(PadLayer::Identity, score, confidence, reason)
}

/// The vector with the largest sum of similarities to all vectors.
fn most_central<'a>(vectors: &[&'a FeatureVector]) -> &'a FeatureVector {
    let closeness =
        |vector: &FeatureVector| vectors.iter().map(|other| similarity(vector, other)).sum::<f32>();
    vectors
        .iter()
        .max_by(|a, b| closeness(a).total_cmp(&closeness(b)))
        .expect("callers pass at least two vectors")
}

/// Cosine similarity, or -1 for vectors of different models, which cannot occur within one recording.
fn similarity(a: &FeatureVector, b: &FeatureVector) -> f32 {
    a.similarity(b).unwrap_or(-1.0)
}
