//! Gesture layer: requested gestures against gestures made, by order or, for a challenge, by order and time.

use super::Presentation;
use crate::analysis::ChallengeOutcome;
use crate::analysis::challenge::Refusal;
use crate::face::gesture::{Gesture, check_sequence};
use crate::face::pad::{PadEvidence, PadLayer};

/// Score and confidence when the recording contradicts the request: below the default attack threshold of the
/// policy.
const CONTRADICTION: (f32, f32) = (0.15, 0.8);
/// Score and confidence when a requested gesture is missing: forbids a bona fide verdict, but is no attack,
/// since the subject may have misunderstood.
const SHORTFALL: (f32, f32) = (0.3, 0.5);

pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    match presentation.challenge {
        Some(outcome) => by_challenge(outcome),
        None => by_order(presentation),
    }
}

fn evidence((score, confidence): (f32, f32), reason: String) -> PadEvidence {
    PadEvidence::new(PadLayer::Gesture, score, confidence, reason)
}

/// Evidence of a random challenge. Meeting it counts for the subject, contradicting it is an attack.
fn by_challenge(outcome: &ChallengeOutcome) -> PadEvidence {
    let Some(gravest) = outcome.gravest() else {
        let asked: Vec<_> = outcome.answers.iter().map(|answer| answer.asked).collect();
        return evidence((0.8, 0.6), format!("made as requested and in time: {}", names(&asked)));
    };

    let weight = if gravest.is_contradiction() { CONTRADICTION } else { SHORTFALL };
    let all: Vec<_> = outcome.refusals.iter().map(Refusal::to_string).collect();
    evidence(weight, format!("{}: {}", gravest.code(), all.join(", ")))
}

/// Evidence of requested gestures without times.
fn by_order(presentation: &Presentation<'_>) -> PadEvidence {
    let asked = presentation.asked;
    if asked.is_empty() {
        return PadEvidence::undecided(PadLayer::Gesture, "no gestures were requested");
    }

    let check = check_sequence(asked, presentation.gestures);
    if check.is_complete() {
        return evidence((0.7, 0.5), format!("made as requested: {}", names(asked)));
    }
    if !check.out_of_order.is_empty() {
        return evidence(
            CONTRADICTION,
            format!("not made in the requested order: {}", names(&check.out_of_order)),
        );
    }

    let unanswered = asked.iter().zip(&check.answers).filter(|(_, answer)| answer.is_none());
    let missing: Vec<_> = unanswered.map(|(gesture, _)| *gesture).collect();
    evidence(SHORTFALL, format!("not seen: {}", names(&missing)))
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
        let evidence = by_challenge(&outcome);
        (evidence.score, evidence.confidence)
    }

    #[test]
    fn contradiction_weighs_more_than_shortfall() {
        let asked = Gesture::Up;
        assert!(weight(&[]).0 > 0.5);
        assert_eq!(weight(&[Refusal::Missing { asked }]), (0.3, 0.5));
        assert_eq!(weight(&[Refusal::Missing { asked }, Refusal::WrongOrder { asked }]), (0.15, 0.8));
        assert_eq!(weight(&[Refusal::Expired]), (0.3, 0.5));
    }
}
