//! What a trained model says of single frames.

use super::Presentation;
use crate::face::pad::{PadEvidence, PadLayer};

/// The mean over all frames that were judged, weighted by their quality.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let judged: Vec<(f32, f32)> = presentation
        .recording
        .subjects()
        .filter_map(|(frame, subject)| {
            frame.appearance.map(|score| (score.value(), f32::from(subject.quality.unified).max(1.0)))
        })
        .collect();
    let weight: f32 = judged.iter().map(|(_, weight)| weight).sum();
    if judged.is_empty() {
        return PadEvidence {
            layer: PadLayer::Appearance,
            score: 0.5,
            confidence: 0.0,
            reason: "no PAD model is configured".into(),
        };
    }
    let score = judged.iter().map(|(score, weight)| score * weight).sum::<f32>() / weight;
    PadEvidence {
        layer: PadLayer::Appearance,
        score,
        confidence: 1.0,
        reason: format!("the PAD model gives {score:.2} on average over {} frames", judged.len()),
    }
}
