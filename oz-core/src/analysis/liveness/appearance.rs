//! Appearance layer: the scores that a trained PAD model gives to single frames.

use super::Presentation;
use crate::face::pad::{PadEvidence, PadLayer};

/// Mean of the PAD scores over all sampled frames, weighted by image quality.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let judged: Vec<(f32, f32)> = presentation
        .recording
        .subjects()
        .filter_map(|(frame, subject)| {
            frame.appearance.map(|score| (score.value(), f32::from(subject.quality.unified).max(1.0)))
        })
        .collect();
    if judged.is_empty() {
        return PadEvidence::undecided(PadLayer::Appearance, "no PAD model is configured");
    }

    let weight: f32 = judged.iter().map(|(_, weight)| weight).sum();
    let score = judged.iter().map(|(score, weight)| score * weight).sum::<f32>() / weight;
    let reason = match judged.len() {
        1 => format!("the PAD model gives {score:.2}"),
        frames => format!("the PAD model gives {score:.2} on average over {frames} frames"),
    };
    PadEvidence::new(PadLayer::Appearance, score, 1.0, reason)
}
