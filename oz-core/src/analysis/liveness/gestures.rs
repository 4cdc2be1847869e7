//! Whether the gestures that were asked for were made, in order.

use super::Presentation;
use crate::face::gesture::{Gesture, check_sequence};
use crate::face::pad::{PadEvidence, PadLayer};

/// A gesture made out of order contradicts the request; one not seen at all may have been misunderstood.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let evidence = |score, confidence, reason: String| PadEvidence {
        layer: PadLayer::Gesture,
        score,
        confidence,
        reason,
    };
    if presentation.asked.is_empty() {
        return evidence(0.5, 0.0, "no gestures were asked for".into());
    }
    let check = check_sequence(presentation.asked, presentation.gestures);
    if check.is_complete() {
        return evidence(0.7, 0.5, format!("made as asked: {}", names(presentation.asked)));
    }
    if !check.out_of_order.is_empty() {
        return evidence(0.15, 0.8, format!("not made in the order asked: {}", names(&check.out_of_order)));
    }
    let missing: Vec<_> = presentation
        .asked
        .iter()
        .zip(&check.answers)
        .filter(|(_, answer)| answer.is_none())
        .map(|(gesture, _)| *gesture)
        .collect();
    evidence(0.3, 0.5, format!("not seen: {}", names(&missing)))
}

fn names(gestures: &[Gesture]) -> String {
    gestures.iter().map(Gesture::to_string).collect::<Vec<_>>().join(", ")
}
