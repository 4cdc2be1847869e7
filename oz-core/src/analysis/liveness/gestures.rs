//! Whether the gestures that were asked for were made, in order, and in time where a challenge gives times.

use super::Presentation;
use crate::analysis::ChallengeOutcome;
use crate::analysis::challenge::Refusal;
use crate::face::gesture::{Gesture, check_sequence};
use crate::face::pad::{PadEvidence, PadLayer};

pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let (score, confidence, reason) = match presentation.challenge {
        Some(outcome) => by_challenge(outcome),
        None => by_order(presentation),
    };
    PadEvidence { layer: PadLayer::Gesture, score, confidence, reason }
}

/// A random challenge speaks for the subject; a contradiction to it is an attack, falling short of it forbids a bona fide
/// verdict and no more.
fn by_challenge(outcome: &ChallengeOutcome) -> (f32, f32, String) {
    let Some(gravest) = outcome.gravest() else {
        let asked: Vec<_> = outcome.answers.iter().map(|answer| answer.asked).collect();
        return (0.8, 0.6, format!("made as asked and in time: {}", names(&asked)));
    };
    let all: Vec<_> = outcome.refusals.iter().map(Refusal::to_string).collect();
    let weight = if gravest.is_contradiction() { (0.15, 0.8) } else { (0.3, 0.5) };
    (weight.0, weight.1, format!("{}: {}", gravest.code(), all.join(", ")))
}

/// A gesture made out of order contradicts the request; one not seen at all may have been misunderstood.
fn by_order(presentation: &Presentation<'_>) -> (f32, f32, String) {
    let asked = presentation.asked;
    if asked.is_empty() {
        return (0.5, 0.0, "no gestures were asked for".into());
    }
    let check = check_sequence(asked, presentation.gestures);
    if check.is_complete() {
        return (0.7, 0.5, format!("made as asked: {}", names(asked)));
    }
    if !check.out_of_order.is_empty() {
        return (0.15, 0.8, format!("not made in the order asked: {}", names(&check.out_of_order)));
    }
    let unanswered = asked.iter().zip(&check.answers).filter(|(_, answer)| answer.is_none());
    let missing: Vec<_> = unanswered.map(|(gesture, _)| *gesture).collect();
    (0.3, 0.5, format!("not seen: {}", names(&missing)))
}

fn names(gestures: &[Gesture]) -> String {
    gestures.iter().map(Gesture::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Uuid;

    fn weight(refusals: &[Refusal]) -> (f32, f32) {
        let challenge = Uuid::from_u128(1);
        let refusals = refusals.to_vec();
        let outcome = ChallengeOutcome { challenge, answers: Vec::new(), unasked: Vec::new(), refusals };
        let (score, confidence, _) = by_challenge(&outcome);
        (score, confidence)
    }

    #[test]
    fn contradicting_a_challenge_is_worse_than_falling_short_of_it() {
        let asked = Gesture::Up;
        assert!(weight(&[]).0 > 0.5);
        assert_eq!(weight(&[Refusal::Missing { asked }]), (0.3, 0.5));
        assert_eq!(weight(&[Refusal::Missing { asked }, Refusal::WrongOrder { asked }]), (0.15, 0.8));
        assert_eq!(weight(&[Refusal::Expired]), (0.3, 0.5));
    }
}
