//! From the evidence of the layers to a verdict.

use serde::{Deserialize, Serialize};

use crate::face::pad::{PadEvidence, PadLayer, PadVerdict};
use crate::{Error, Result};

/// Default of [`AnalysisParams::spoofing_threshold`](crate::folder::AnalysisParams::spoofing_threshold),
/// 0..=1: the attack score below which an analysis succeeds. See [`LivenessPolicy`].
pub const DEFAULT_SPOOFING_THRESHOLD: f64 = 0.5;

/// Liveness verdict with the evidence that it rests on.
///
/// ```
/// use oz_core::analysis::LivenessPolicy;
/// use oz_core::face::pad::{PadEvidence, PadLayer, PadVerdict};
///
/// let liveness = LivenessPolicy::default().decide(vec![
///     PadEvidence::new(PadLayer::Appearance, 0.95, 1.0, "the PAD model gives 0.95"),
///     PadEvidence::new(PadLayer::Capture, 0.05, 0.9, "the picture is frozen from 2.0 s on"),
/// ]);
/// assert_eq!(liveness.verdict, PadVerdict::Attack);
/// assert_eq!(liveness.reasons, ["the picture is frozen from 2.0 s on"]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Liveness {
    /// Decision of the policy.
    pub verdict: PadVerdict,
    /// Joined score of all layers, 0..=1; higher is more bona fide.
    pub score: f32,
    /// Reasons of the verdict, for people, in the order of `evidence`.
    pub reasons: Vec<String>,
    /// Evidence of each layer; empty when no face was found.
    pub evidence: Vec<PadEvidence>,
}

impl Liveness {
    /// Liveness of an analysis that was asked for features only.
    pub(crate) fn not_requested() -> Self {
        Self {
            verdict: PadVerdict::Inconclusive,
            score: PadEvidence::NEUTRAL,
            reasons: vec!["liveness was not requested".into()],
            evidence: Vec::new(),
        }
    }
}

/// Rules and thresholds of the liveness verdict.
///
/// # From policy to resolution
///
/// The policy joins the evidence of the layers into a score (0..=1, higher is more bona fide) and, by the
/// rules below, a verdict. An analysis of a folder turns both into one attack score with
/// [`spoofing`](crate::folder::judgement::spoofing): `1 - score`, kept below 0.5 for a bona fide verdict and
/// at 0.5 or above for every other one. The highest attack score of its media is compared with
/// [`AnalysisParams::spoofing_threshold`](crate::folder::AnalysisParams::spoofing_threshold), by default
/// [`DEFAULT_SPOOFING_THRESHOLD`]: below the threshold the resolution is `Success`, otherwise `Declined`.
/// With the default an analysis therefore succeeds exactly when every recording is bona fide; a lower
/// threshold demands a higher score as well, a higher one also lets inconclusive recordings and attacks pass.
///
/// # Rules, in this order
///
/// 1. No face: inconclusive.
/// 2. A layer with `score <= attack_score` and `confidence >= attack_confidence`: attack.
/// 3. Joined score below `reject_score`: attack. The joined score is the sum of the layers' log-odds, each
///    weighted by its confidence, as a probability.
/// 4. No PAD model judged the appearance: inconclusive, since a good recording on a screen passes all other
///    layers.
/// 5. Joined score of at least `bona_fide_score`: bona fide, unless a layer other than the appearance is in
///    doubt (`score <= doubt_score` with a confidence of at least 0.5), a requested
///    gesture is missing or the challenge is not met.
/// 6. Otherwise inconclusive.
///
/// ```
/// use oz_core::analysis::LivenessPolicy;
/// use oz_core::face::pad::{PadEvidence, PadLayer, PadVerdict};
///
/// let strict = LivenessPolicy { bona_fide_score: 0.95, ..LivenessPolicy::default() };
/// let evidence = || vec![PadEvidence::new(PadLayer::Appearance, 0.9, 1.0, "the PAD model gives 0.90")];
/// assert_eq!(LivenessPolicy::default().decide(evidence()).verdict, PadVerdict::BonaFide);
/// assert_eq!(strict.decide(evidence()).verdict, PadVerdict::Inconclusive);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LivenessPolicy {
    /// Maximum score, 0..=1, at which a single confident layer decides for an attack. Default 0.2.
    pub attack_score: f32,
    /// Minimum confidence, 0..=1, with which a single layer decides for an attack. Default 0.7.
    pub attack_confidence: f32,
    /// Maximum score, 0..=1, at which a layer other than the appearance forbids a bona fide verdict. Default
    /// 0.4.
    pub doubt_score: f32,
    /// Minimum joined score, 0..=1, of a bona fide verdict. Default 0.6.
    pub bona_fide_score: f32,
    /// Joined score, 0..=1, below which the verdict is an attack. Default 0.3.
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
    /// Minimum confidence, 0..=1, at which a layer counts as having judged the presentation.
    const MIN_CONFIDENCE: f32 = 0.5;

    /// Ensures that every threshold is in 0..=1 and that no score is both rejected and bona fide. A threshold
    /// that is not a number would switch its rule off.
    ///
    /// # Errors
    /// `input.invalid_value`, with the name of the threshold.
    pub fn ensure_valid(&self) -> Result<()> {
        let thresholds = [
            ("attack_score", self.attack_score),
            ("attack_confidence", self.attack_confidence),
            ("doubt_score", self.doubt_score),
            ("bona_fide_score", self.bona_fide_score),
            ("reject_score", self.reject_score),
        ];
        for (name, value) in thresholds {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::InvalidValue {
                    name,
                    detail: format!("must be between 0 and 1, not {value}"),
                });
            }
        }

        if self.reject_score > self.bona_fide_score {
            let detail = "must not exceed bona_fide_score".into();
            return Err(Error::InvalidValue { name: "reject_score", detail });
        }
        Ok(())
    }

    /// Joins the evidence of the layers into score, verdict and reasons. Empty evidence stands for a
    /// recording without a face.
    #[must_use]
    pub fn decide(&self, evidence: Vec<PadEvidence>) -> Liveness {
        let score = joined_score(&evidence);
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

        let mut doubts = reasons(evidence, |e| e.score < PadEvidence::NEUTRAL && e.confidence > 0.0);
        if score < self.reject_score {
            return (PadVerdict::Attack, doubts);
        }

        if !evidence.iter().any(|e| e.layer == PadLayer::Appearance && e.confidence >= Self::MIN_CONFIDENCE) {
            doubts.push(
                "no PAD model judged the appearance: a good recording on a screen cannot be ruled out".into(),
            );
            return (PadVerdict::Inconclusive, doubts);
        }

        let is_doubted = evidence.iter().any(|e| self.forbids_bona_fide(e));
        if score >= self.bona_fide_score && !is_doubted {
            let support = reasons(evidence, |e| e.score > PadEvidence::NEUTRAL && e.confidence > 0.0);
            return (PadVerdict::BonaFide, support);
        }

        if !is_doubted {
            doubts.push(format!("the joined score {score:.2} is not sufficient for a verdict"));
        }
        (PadVerdict::Inconclusive, doubts)
    }

    /// Whether a layer other than the appearance has enough doubt to forbid a bona fide verdict. This rule is
    /// apart from the joined score so that a PAD model that is deceived cannot outvote the other layers.
    fn forbids_bona_fide(&self, evidence: &PadEvidence) -> bool {
        match evidence.layer {
            PadLayer::Appearance => false,
            PadLayer::Gesture => evidence.score < PadEvidence::NEUTRAL,
            _ => evidence.score <= self.doubt_score && evidence.confidence >= Self::MIN_CONFIDENCE,
        }
    }
}

fn reasons(evidence: &[PadEvidence], matches: impl Fn(&PadEvidence) -> bool) -> Vec<String> {
    evidence.iter().filter(|e| matches(e)).map(|e| e.reason.clone()).collect()
}

/// Sum of the layers' log-odds, weighted by confidence, as a probability. Scores are clamped so that a single
/// layer cannot contribute infinite log-odds.
fn joined_score(evidence: &[PadEvidence]) -> f32 {
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
        let reason = format!("{layer:?}");
        PadEvidence::new(layer, score, confidence, reason)
    }

    fn verdict(evidence: &[PadEvidence]) -> PadVerdict {
        LivenessPolicy::default().decide(evidence.to_vec()).verdict
    }

    #[test]
    fn no_face_is_inconclusive() {
        assert_eq!(verdict(&[]), PadVerdict::Inconclusive);
    }

    #[test]
    fn bona_fide_needs_a_pad_model() {
        let strong = [evidence(PadLayer::Motion, 0.9, 1.0), evidence(PadLayer::Gesture, 0.9, 1.0)];
        assert_eq!(verdict(&strong), PadVerdict::Inconclusive);
    }

    #[test]
    fn one_confident_layer_decides_for_an_attack() {
        let liveness = LivenessPolicy::default()
            .decide(vec![evidence(PadLayer::Appearance, 0.95, 1.0), evidence(PadLayer::Capture, 0.05, 0.9)]);
        assert_eq!(liveness.verdict, PadVerdict::Attack);
        assert_eq!(liveness.reasons, ["Capture"]);
    }

    #[test]
    fn appearance_decides_when_no_layer_is_in_doubt() {
        assert_eq!(verdict(&[evidence(PadLayer::Appearance, 0.9, 1.0)]), PadVerdict::BonaFide);
        assert_eq!(verdict(&[evidence(PadLayer::Appearance, 0.5, 1.0)]), PadVerdict::Inconclusive);
        assert_eq!(verdict(&[evidence(PadLayer::Appearance, 0.1, 1.0)]), PadVerdict::Attack);
    }

    #[test]
    fn missing_gesture_forbids_bona_fide() {
        let missing = [evidence(PadLayer::Appearance, 0.99, 1.0), evidence(PadLayer::Gesture, 0.3, 0.5)];
        assert_eq!(verdict(&missing), PadVerdict::Inconclusive);
    }

    #[test]
    fn pad_model_does_not_outvote_a_layer_in_doubt() {
        let appearance = || evidence(PadLayer::Appearance, 0.99, 1.0);
        assert_eq!(verdict(&[appearance(), evidence(PadLayer::Texture, 0.3, 0.6)]), PadVerdict::Inconclusive);
        assert_eq!(verdict(&[appearance(), evidence(PadLayer::Texture, 0.45, 0.6)]), PadVerdict::BonaFide);
    }

    #[test]
    fn thresholds_outside_their_range_are_refused() {
        let default = LivenessPolicy::default;
        assert!(default().ensure_valid().is_ok());
        let invalid = [
            LivenessPolicy { attack_score: f32::NAN, ..default() },
            LivenessPolicy { bona_fide_score: -5.0, ..default() },
            LivenessPolicy { attack_confidence: 1.5, ..default() },
            LivenessPolicy { reject_score: 0.9, ..default() },
        ];
        for policy in invalid {
            assert_eq!(policy.ensure_valid().unwrap_err().code(), "input.invalid_value", "{policy:?}");
        }
    }

    #[test]
    fn supporting_evidence_raises_the_score() {
        let base = evidence(PadLayer::Appearance, 0.6, 1.0);
        let alone = LivenessPolicy::default().decide(vec![base.clone()]).score;
        let more = LivenessPolicy::default().decide(vec![base, evidence(PadLayer::Motion, 0.7, 0.5)]).score;
        assert!(more > alone);
    }
}
