//! How the layers' evidence becomes a verdict.

use serde::{Deserialize, Serialize};

use crate::face::pad::{PadEvidence, PadLayer, PadVerdict};

/// The verdict and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Liveness {
    /// The answer.
    pub verdict: PadVerdict,
    /// How bona fide the presentation is, all layers joined, 0..=1.
    pub score: f32,
    /// What decided, most important first, in plain words.
    pub reasons: Vec<String>,
    /// What each layer said.
    pub evidence: Vec<PadEvidence>,
}

/// Rules and numbers of the verdict.
///
/// 1. Without a face the verdict is inconclusive.
/// 2. One layer that is sure of an attack decides.
/// 3. Bona fide needs a model's judgement of the appearance: a good recording on a screen passes all other layers.
/// 4. What another layer saw, though not surely, forbids bona fide, and so does a requested gesture that was not made.
/// 5. The layers' scores are joined as log-odds, each weighted by its confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LivenessPolicy {
    /// A layer at or below this score, if confident enough, decides for an attack.
    pub attack_score: f32,
    /// Confidence from which one layer alone may decide for an attack.
    pub attack_confidence: f32,
    /// A layer other than the appearance at or below this score, if it is worth one half at least, forbids bona fide.
    pub doubt_score: f32,
    /// Joined score from which the presentation is bona fide.
    pub bona_fide_score: f32,
    /// Joined score below which the presentation is an attack.
    pub reject_score: f32,
}

impl Default for LivenessPolicy {
    fn default() -> Self {
        Self {
            attack_score: 0.2,
            attack_confidence: 0.7,
            doubt_score: 0.4,
            bona_fide_score: 0.6,
            reject_score: 0.3,
        }
    }
}

impl LivenessPolicy {
    /// Joins the evidence.
    #[must_use]
    pub fn decide(&self, evidence: Vec<PadEvidence>) -> Liveness {
        let score = joined(&evidence);
        let (verdict, reasons) = self.verdict(&evidence, score);
        Liveness { verdict, score, reasons, evidence }
    }

    fn verdict(&self, evidence: &[PadEvidence], score: f32) -> (PadVerdict, Vec<String>) {
        if evidence.is_empty() {
            return (PadVerdict::Inconclusive, vec!["no face was found".into()]);
        }
        let alarms =
            reasons(evidence, |e| e.score <= self.attack_score && e.confidence >= self.attack_confidence);
        if !alarms.is_empty() {
            return (PadVerdict::Attack, alarms);
        }
        let doubts = reasons(evidence, |e| e.score < 0.5 && e.confidence > 0.0);
        if score < self.reject_score {
            return (PadVerdict::Attack, doubts);
        }
        let judged = evidence.iter().any(|e| e.layer == PadLayer::Appearance && e.confidence >= 0.5);
        if !judged {
            let mut open = doubts;
            open.push(
                "no PAD model judged the appearance: a good recording on a screen cannot be ruled out".into(),
            );
            return (PadVerdict::Inconclusive, open);
        }
        let doubted = evidence.iter().any(|e| self.forbids_bona_fide(e));
        if score >= self.bona_fide_score && !doubted {
            return (PadVerdict::BonaFide, reasons(evidence, |e| e.score > 0.5 && e.confidence > 0.0));
        }
        let mut open = doubts;
        if !doubted {
            open.push(format!("the joined score {score:.2} is not enough for a verdict"));
        }
        (PadVerdict::Inconclusive, open)
    }

    /// Whether a layer other than the appearance saw what a live person should not show, though not surely enough to decide
    /// for an attack: a model that is deceived must not outvote it.
    fn forbids_bona_fide(&self, evidence: &PadEvidence) -> bool {
        match evidence.layer {
            PadLayer::Appearance => false,
            PadLayer::Gesture => evidence.score < 0.5,
            _ => evidence.score <= self.doubt_score && evidence.confidence >= 0.5,
        }
    }
}

fn reasons(evidence: &[PadEvidence], which: impl Fn(&PadEvidence) -> bool) -> Vec<String> {
    evidence.iter().filter(|e| which(e)).map(|e| e.reason.clone()).collect()
}

/// Sum of the layers' log-odds, weighted by confidence, as a probability.
fn joined(evidence: &[PadEvidence]) -> f32 {
    let log_odds: f32 = evidence
        .iter()
        .map(|e| {
            let score = e.score.clamp(0.01, 0.99);
            e.confidence * (score / (1.0 - score)).ln()
        })
        .sum();
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(layer: PadLayer, score: f32, confidence: f32) -> PadEvidence {
        PadEvidence { layer, score, confidence, reason: format!("{layer:?}") }
    }

    fn verdict(evidence: &[PadEvidence]) -> PadVerdict {
        LivenessPolicy::default().decide(evidence.to_vec()).verdict
    }

    #[test]
    fn without_a_face_nothing_is_decided() {
        assert_eq!(verdict(&[]), PadVerdict::Inconclusive);
    }

    #[test]
    fn without_a_model_nobody_is_called_bona_fide() {
        let strong = [evidence(PadLayer::Motion, 0.9, 1.0), evidence(PadLayer::Gesture, 0.9, 1.0)];
        assert_eq!(verdict(&strong), PadVerdict::Inconclusive);
    }

    #[test]
    fn one_sure_layer_decides_for_an_attack() {
        let answer = LivenessPolicy::default()
            .decide(vec![evidence(PadLayer::Appearance, 0.95, 1.0), evidence(PadLayer::Capture, 0.05, 0.9)]);
        assert_eq!(answer.verdict, PadVerdict::Attack);
        assert_eq!(answer.reasons, ["Capture"]);
    }

    #[test]
    fn appearance_decides_when_nothing_speaks_against_it() {
        assert_eq!(verdict(&[evidence(PadLayer::Appearance, 0.9, 1.0)]), PadVerdict::BonaFide);
        assert_eq!(verdict(&[evidence(PadLayer::Appearance, 0.5, 1.0)]), PadVerdict::Inconclusive);
        assert_eq!(verdict(&[evidence(PadLayer::Appearance, 0.1, 1.0)]), PadVerdict::Attack);
    }

    #[test]
    fn a_gesture_that_was_asked_for_and_not_made_forbids_bona_fide() {
        let missing = [evidence(PadLayer::Appearance, 0.99, 1.0), evidence(PadLayer::Gesture, 0.3, 0.5)];
        assert_eq!(verdict(&missing), PadVerdict::Inconclusive);
    }

    #[test]
    fn a_model_does_not_outvote_a_layer_in_doubt() {
        let appearance = || evidence(PadLayer::Appearance, 0.99, 1.0);
        assert_eq!(verdict(&[appearance(), evidence(PadLayer::Texture, 0.3, 0.6)]), PadVerdict::Inconclusive);
        assert_eq!(verdict(&[appearance(), evidence(PadLayer::Texture, 0.45, 0.6)]), PadVerdict::BonaFide);
    }

    #[test]
    fn more_evidence_for_the_subject_never_lowers_the_score() {
        let base = evidence(PadLayer::Appearance, 0.6, 1.0);
        let alone = LivenessPolicy::default().decide(vec![base.clone()]).score;
        let more = LivenessPolicy::default().decide(vec![base, evidence(PadLayer::Motion, 0.7, 0.5)]).score;
        assert!(more > alone);
    }
}
