//! End-to-end verdicts on generated attacks of every species.
//!
//! `cargo test --release --test attacks -- --ignored --nocapture` generates fifty presentations of each
//! species and prints the table of `docs/liveness.md`. With `OZ_ATTACKS_OUT=DIR` it writes them to a folder,
//! with an `index.csv`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/attacks/mod.rs"]
mod attacks;
mod support;

use std::collections::BTreeMap;
use std::fmt;

use attacks::{Presentation, Species, export, motion};
use oz::core::analysis::challenge::Refusal;
use oz::core::face::pad::{PadEvidence, PadLayer};
use oz::core::media::MediaKind;
use oz::{AnalysisOutcome, AnalysisRequest, ChallengeAttempt, LivenessPolicy, Media, PadVerdict};

/// Maximum number of wrong verdicts among fifty: live heads judged as attacks, attacks judged as bona fide.
const MAX_WRONG: usize = 2;

/// Head of the table in `docs/liveness.md`.
const TABLE_HEAD: &str = "\
| species | with the challenge: bona fide / attack / inconclusive \
| without: bona fide / attack / inconclusive | reasons (number of presentations) |
|---|---|---|---|";

/// Result of one presentation.
struct Trial {
    species: Species,
    identity: u64,
    verdict: PadVerdict,
    /// Verdict without the evidence of the challenge.
    without_challenge: PadVerdict,
    /// Layers that decide for an attack.
    alarms: Vec<String>,
    /// Passive layer with the strongest evidence for an attack.
    doubt: Option<String>,
    /// Code of the gravest refusal of the challenge.
    refusal: Option<&'static str>,
    detail: String,
}

fn present(species: Species, number: u64) -> Trial {
    let presentation = Presentation::new(species, number);
    if let Some(folder) = export::folder() {
        export::write(&folder, number, &presentation);
    }
    let Presentation { identity, challenge, pictures, .. } = presentation;
    let challenge = Some(ChallengeAttempt::new(challenge));
    let request = AnalysisRequest { challenge, ..AnalysisRequest::default() };
    let outcome = support::shared_oz().analyze(motion::video(pictures), &request).unwrap();
    summarize(species, identity, &outcome)
}

fn summarize(species: Species, identity: u64, outcome: &AnalysisOutcome) -> Trial {
    let evidence = &outcome.liveness.evidence;
    let weight = |e: &PadEvidence| (e.score - 0.5) * e.confidence;
    let passive = evidence.iter().filter(|e| e.layer != PadLayer::Gesture && e.score < 0.5);
    let weakest = passive.min_by(|a, b| weight(a).total_cmp(&weight(b)));
    let without: Vec<_> = evidence.iter().filter(|e| e.layer != PadLayer::Gesture).cloned().collect();
    let policy = LivenessPolicy::default();
    let is_alarm =
        |e: &&PadEvidence| e.score <= policy.attack_score && e.confidence >= policy.attack_confidence;

    Trial {
        species,
        identity,
        verdict: outcome.liveness.verdict,
        without_challenge: policy.decide(without).verdict,
        alarms: evidence.iter().filter(is_alarm).map(|e| format!("{:?}", e.layer).to_lowercase()).collect(),
        doubt: weakest.map(|e| format!("{:?} in doubt", e.layer).to_lowercase()),
        refusal: outcome.challenge.as_ref().and_then(|c| c.gravest()).map(Refusal::code),
        detail: outcome.liveness.reasons.join("; "),
    }
}

/// Runs `each` presentations of every species and prints the table.
fn run(each: u64) -> Vec<Trial> {
    let species: Vec<_> = [Species::Live].into_iter().chain(Species::ATTACKS).collect();
    let count = species.len() as u64 * each;
    let trials = support::in_threads(count, |n| present(species[(n / each) as usize], n % each));

    println!("{TABLE_HEAD}");
    for species in &species {
        let of: Vec<_> = trials.iter().filter(|trial| trial.species == *species).collect();
        println!("{}", row(*species, &of));
    }

    if let Some(folder) = export::folder() {
        let numbered = trials.iter().enumerate().map(|(n, a)| (a.species, n as u64 % each, a.identity));
        export::write_manifest(&folder, &numbered.collect::<Vec<_>>());
    }
    trials
}

impl Trial {
    fn is_wrong(&self) -> bool {
        match self.species {
            Species::Live => self.verdict == PadVerdict::Attack || self.refusal.is_some(),
            _ => self.verdict == PadVerdict::BonaFide || self.refusal.is_none() && self.alarms.is_empty(),
        }
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of face {}: {:?}: {}", self.species.name(), self.identity, self.verdict, self.detail)
    }
}

fn row(species: Species, trials: &[&Trial]) -> String {
    let count = |verdict_of: fn(&Trial) -> PadVerdict, verdict| {
        trials.iter().filter(|a| verdict_of(a) == verdict).count()
    };
    let counts = |verdict_of| {
        [PadVerdict::BonaFide, PadVerdict::Attack, PadVerdict::Inconclusive]
            .map(|verdict| count(verdict_of, verdict))
    };
    let ([b, a, i], [ub, ua, ui]) = (counts(|a| a.verdict), counts(|a| a.without_challenge));

    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for trial in trials {
        let named = trial.alarms.iter().map(String::as_str).filter(|layer| *layer != "gesture");
        let doubt = trial.doubt.as_deref().filter(|_| trial.alarms.iter().all(|layer| layer == "gesture"));
        for reason in named.chain(doubt).chain(trial.refusal) {
            *reasons.entry(reason).or_default() += 1;
        }
    }

    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let reasons: Vec<_> = reasons.into_iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    format!("| {} | {b} / {a} / {i} | {ub} / {ua} / {ui} | {} |", species.name(), reasons.join(", "))
}

#[test]
fn attacks_are_detected_and_live_heads_accepted() {
    support::left_out("47 of 50 presentations of each species", "takes minutes; run with --ignored");
    for trial in run(3) {
        assert!(!trial.is_wrong(), "{trial}");
    }
}

#[test]
#[ignore = "fifty presentations of each species take minutes"]
fn at_most_two_of_fifty_verdicts_per_species_are_wrong() {
    let trials = run(50);
    for species in [Species::Live].into_iter().chain(Species::ATTACKS) {
        let wrong: Vec<_> = trials.iter().filter(|a| a.species == species && a.is_wrong()).collect();
        wrong.iter().for_each(|trial| println!("{trial}"));
        assert!(wrong.len() <= MAX_WRONG, "{} wrong verdicts on {}", wrong.len(), species.name());
    }
}

#[test]
fn capture_layer_ignores_the_times_of_shot_sets() {
    let frozen = Presentation::new(Species::Frozen, 1);
    let shots = Media::Frames(MediaKind::ShotSet, motion::frames(frozen.pictures));
    let outcome = support::shared_oz().analyze(shots, &AnalysisRequest::default()).unwrap();
    let capture = outcome.liveness.evidence.iter().find(|e| e.layer == PadLayer::Capture).unwrap();
    assert_eq!((capture.score, capture.confidence), (0.5, 0.0), "{capture:?}");
}
