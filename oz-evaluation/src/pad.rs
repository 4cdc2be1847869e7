//! `oz evaluate pad`: presentation attack detection.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Error, Result};
use oz::core::evaluation::{
    EqualErrorSummary, PadCurves, PadTrial, PadTrials, Trial, Trials, per_group, rates,
};
use oz::core::face::pad::PadLayer;
use oz::{AnalysisRequest, Oz, PadVerdict, Sampling};
use serde::{Deserialize, Serialize};

use crate::document::{Findings, GroupReport, Metrics, PointReport, cannot_tell, tally};
use crate::kind::{Kind, Settings, cell, exact};
use crate::manifest::{Presentation, Presentations, Unit};
use crate::runner;
use crate::variant::{About, Loaded};
use crate::verify::add_rates;
use crate::work::Outcome;

/// APCER at which BPCER is told: BPCER100, BPCER20, BPCER10.
const RATES: [f64; 3] = [0.01, 0.05, 0.1];

/// Presentations of known truth.
pub struct Pad {
    pub presentations: Presentations,
    pub score: PadScoreKind,
}

/// Which score the rates are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PadScoreKind {
    /// All layers of evidence joined, over the whole presentation
    Liveness,
    /// The PAD model's mean over the frames that it judged
    Appearance,
}

/// What the models say of a presentation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judgement {
    liveness: f64,
    verdict: PadVerdict,
    reason: String,
    /// Mean over frames; absent without a PAD model.
    appearance: Option<f64>,
    /// Score of each layer.
    layers: BTreeMap<String, f64>,
    frames: usize,
}

/// Judgements or error codes, and the threshold that the product uses for bona fide.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judged {
    all: Vec<Outcome<Judgement>>,
    bona_fide_score: f64,
}

/// The layers, in the order of columns.
const LAYERS: [PadLayer; 6] = [
    PadLayer::Appearance,
    PadLayer::Texture,
    PadLayer::Motion,
    PadLayer::Identity,
    PadLayer::Gesture,
    PadLayer::Capture,
];

fn name_of(layer: PadLayer) -> String {
    format!("{layer:?}").to_lowercase()
}

impl PadScoreKind {
    /// Name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Appearance => "appearance",
        }
    }

    /// What the score is of: the PAD models, or all layers together.
    pub fn model(self, about: &About) -> String {
        match self {
            Self::Liveness => self.name().into(),
            Self::Appearance => about.pad_models.join("+"),
        }
    }

    fn of(self, judgement: &Judgement) -> Option<f64> {
        match self {
            Self::Liveness => Some(judgement.liveness),
            Self::Appearance => judgement.appearance,
        }
    }
}

impl Kind for Pad {
    type Answer = Judgement;
    type Scored = Judged;
    const NAME: &'static str = "pad";

    fn groups(&self) -> String {
        let all: Vec<_> = self.presentations.all.iter().collect();
        format!("{}; within one set, identities or else presentations", grouping(&all).0)
    }

    fn units(&self) -> Vec<&Unit> {
        self.presentations.all.iter().map(|presentation| &presentation.unit).collect()
    }

    fn model(&self, about: &About) -> String {
        about.pad_models.join("+")
    }

    fn answer(&self, oz: &Oz, unit: &Unit) -> Result<Judgement> {
        let mut request = AnalysisRequest::default();
        if unit.files.len() > 1 || unit.files.iter().any(|file| file.is_dir()) {
            // The pictures of a burst are few: each is judged.
            request.sampling = Sampling { pad_every: std::time::Duration::ZERO, ..Sampling::default() };
        }
        let outcome = oz.analyze(runner::media(oz, unit)?, &request)?;
        if outcome.best_shot.is_none() {
            return Err(oz::Error::NoFace { what: unit.name.clone() }.into());
        }
        let frames: Vec<f64> = outcome
            .recording
            .frames
            .iter()
            .filter_map(|frame| frame.appearance)
            .map(|s| exact(s.value()))
            .collect();
        let layer = |e: &oz::core::face::pad::PadEvidence| (name_of(e.layer), exact(e.score));
        Ok(Judgement {
            liveness: exact(outcome.liveness.score),
            verdict: outcome.liveness.verdict,
            reason: outcome.liveness.reasons.first().cloned().unwrap_or_default(),
            appearance: mean(&frames),
            layers: outcome.liveness.evidence.iter().map(layer).collect(),
            frames: outcome.recording.frames.len(),
        })
    }

    fn score(&self, loaded: &Loaded, outcomes: &[&Outcome<Judgement>]) -> Result<Judged> {
        if self.score == PadScoreKind::Appearance && loaded.about.pad_models.is_empty() {
            let detail = format!(
                "--score appearance needs a PAD model: the variant `{}` has none (--pad-models)",
                loaded.name
            );
            return Err(Error::config(detail));
        }
        let bona_fide_score = exact(loaded.oz.pipeline().policy().bona_fide_score);
        Ok(Judged { all: outcomes.iter().map(|outcome| (*outcome).clone()).collect(), bona_fide_score })
    }

    fn columns(&self) -> Vec<String> {
        let own = [
            "file",
            "files",
            "label",
            "set",
            "species",
            "identity",
            "liveness",
            "appearance",
            "verdict",
            "frames",
        ];
        let layers = LAYERS.into_iter().map(|layer| format!("layer_{}", name_of(layer)));
        let end = ["reason", "failure"].into_iter().map(String::from);
        let own = own.into_iter().map(String::from);
        own.chain(layers).chain(end).chain(self.presentations.extra_columns.clone()).collect()
    }

    fn rows(&self, scored: &Judged) -> Vec<Vec<String>> {
        self.presentations
            .all
            .iter()
            .zip(&scored.all)
            .map(|(presentation, outcome)| row(presentation, outcome))
            .collect()
    }

    fn evaluate(&self, about: &About, scored: &Judged, settings: &Settings) -> Result<Findings> {
        let mut findings = Findings::new(about.clone(), self.score.name());
        let judged = self.judged(scored);
        let (_, groups) = grouping(&judged.iter().map(|(p, _)| *p).collect::<Vec<_>>());
        let trials: Vec<PadTrial> =
            judged.iter().zip(groups).map(|((p, score), group)| trial(p, *score, group)).collect();
        let trials = PadTrials::new(&trials).map_err(|error| cannot_tell("error rates", &error.into()))?;
        let threshold = settings.threshold.unwrap_or(match self.score {
            PadScoreKind::Liveness => scored.bona_fide_score,
            PadScoreKind::Appearance => 0.5,
        });
        add_pooled(&mut findings, &trials, threshold, settings)?;
        add_points(&mut findings, &trials, threshold)?;
        add_species(&mut findings, &trials, threshold, settings)?;
        findings.note_no_errors("apcer", trials.pooled().count(false))?;
        findings.note_no_errors("bpcer", trials.pooled().count(true))?;
        self.add_sets(&mut findings, &judged, threshold, settings)?;
        self.add_verdicts(&mut findings, scored);
        self.add_failures(&mut findings, scored)?;
        add_worst(&mut findings, &judged);
        findings.plot(trials.pooled(), "bona fide", "attack")?;
        Ok(findings)
    }
}

/// The mean in billionths, which is exact in the work file too; none of no values.
fn mean(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (!values.is_empty()).then(|| (mean * 1e9).round() / 1e9)
}

fn row(presentation: &Presentation, outcome: &Outcome<Judgement>) -> Vec<String> {
    let (answer, failure) = match outcome {
        Outcome::Answer(answer) => (Some(answer), ""),
        Outcome::Failure(code) => (None, code.as_str()),
    };
    let label = if presentation.bona_fide == Some(true) { "bona_fide" } else { "attack" };
    let own = [
        presentation.unit.name.clone(),
        presentation.unit.files.len().to_string(),
        label.into(),
        presentation.set.clone(),
        presentation.species.clone(),
        presentation.identity.clone(),
        cell(answer.map(|answer| answer.liveness)),
        cell(answer.and_then(|answer| answer.appearance)),
        answer.map_or(String::new(), |answer| word(answer.verdict).into()),
        answer.map_or(String::new(), |answer| answer.frames.to_string()),
    ];
    let layers =
        LAYERS.into_iter().map(|layer| cell(answer.and_then(|a| a.layers.get(&name_of(layer)).copied())));
    let end = [answer.map_or(String::new(), |answer| answer.reason.clone()), failure.into()];
    own.into_iter().chain(layers).chain(end).chain(presentation.extra.clone()).collect()
}

fn word(verdict: PadVerdict) -> &'static str {
    match verdict {
        PadVerdict::BonaFide => "bona_fide",
        PadVerdict::Attack => "attack",
        PadVerdict::Inconclusive => "inconclusive",
    }
}

fn trial(presentation: &Presentation, score: f64, group: usize) -> PadTrial {
    let species = (presentation.bona_fide == Some(false)).then(|| presentation.species.clone());
    PadTrial { score, species, group }
}

/// What is drawn as a whole: sets, or identities, or presentations; the first of which there are two or more in each class,
/// as otherwise many draws would lack one.
fn grouping(presentations: &[&Presentation]) -> (&'static str, Vec<usize>) {
    type Key = fn(&Presentation) -> &str;
    for (name, key) in [("sets", (|p| &p.set) as Key), ("identities", |p| &p.identity)] {
        let names_in = |class: Option<bool>| -> BTreeSet<&str> {
            presentations
                .iter()
                .filter(|p| class.is_none_or(|c| p.bona_fide == Some(c)))
                .map(|p| key(p))
                .collect()
        };
        if [true, false].into_iter().all(|class| names_in(Some(class)).len() > 1) {
            let names = names_in(None);
            let number = |p: &&Presentation| names.range(..key(p)).count();
            return (name, presentations.iter().map(number).collect());
        }
    }
    ("presentations", (0..presentations.len()).collect())
}

/// The two rates that both classes share, with names of their own: APCER is the worst species'.
fn add_pooled(
    findings: &mut Findings,
    trials: &PadTrials,
    threshold: f64,
    settings: &Settings,
) -> Result<()> {
    const NAMES: [&str; 7] =
        ["eer", "bpcer", "apcer", "acer", "bpcer_at_apcer_1", "bpcer_at_apcer_5", "bpcer_at_apcer_10"];
    let rates = |curves: &PadCurves| {
        let at = |apcer| curves.at_apcer(apcer).map_or(f64::NAN, |point| point.fnmr);
        let apcer = curves.worst_apcer(threshold).1;
        let [one, five, ten] = RATES.map(at);
        [curves.eer().rate, curves.bpcer(threshold), apcer, curves.acer(threshold), one, five, ten]
    };
    let redrawn = |drawn: &[u32]| match trials.resampled(drawn) {
        Some(curves) => rates(&curves).map(Some),
        None => [None; 7],
    };
    let intervals =
        settings.bootstrap.intervals(trials.pooled().groups(), &mut settings.random(), redrawn)?;
    for ((name, value), interval) in NAMES.into_iter().zip(rates(&trials.curves())).zip(intervals) {
        findings.metrics.add(name, value, interval);
    }
    findings.counts.insert("bona_fide", trials.pooled().count(true));
    findings.counts.insert("attacks", trials.pooled().count(false));
    Ok(())
}

fn add_points(findings: &mut Findings, trials: &PadTrials, threshold: f64) -> Result<()> {
    let curves = trials.curves();
    let mut add = |name: String, threshold: f64| {
        let mut metrics = Metrics::default();
        metrics.add("apcer", curves.worst_apcer(threshold).1, None);
        metrics.add("bpcer", curves.bpcer(threshold), None);
        let note = Some(format!("worst species: {}", curves.worst_apcer(threshold).0));
        findings.operating_points.push(PointReport { name, threshold, metrics, note });
    };
    add("decision".into(), threshold);
    add("eer".into(), curves.eer().threshold);
    for rate in RATES {
        add(format!("apcer={rate}"), curves.at_apcer(rate)?.threshold);
        add(format!("bpcer={rate}"), curves.at_bpcer(rate)?.threshold);
    }
    Ok(())
}

fn add_species(
    findings: &mut Findings,
    trials: &PadTrials,
    threshold: f64,
    settings: &Settings,
) -> Result<()> {
    for (name, trials) in trials.species() {
        let mut metrics = Metrics::default();
        let rates = |curve: &oz::core::evaluation::ErrorCurve| [curve.fmr(threshold), curve.eer().rate];
        add_rates(&mut metrics, &["apcer", "eer"], trials, settings, rates)?;
        let counts = BTreeMap::from([("attacks", trials.count(false))]);
        findings.species.insert(name.clone(), GroupReport { counts, metrics });
    }
    Ok(())
}

fn add_worst(findings: &mut Findings, judged: &[(&Presentation, f64)]) {
    let of = |bona_fide: bool| {
        let class = judged.iter().filter(|(p, _)| p.bona_fide == Some(bona_fide));
        class.map(|(p, score)| (*score, p.unit.name.clone())).collect::<Vec<_>>()
    };
    findings.worst_of("most bona fide attack", of(false), true);
    findings.worst_of("least bona fide live presentation", of(true), false);
}

impl Pad {
    /// Presentations that gave the score in question.
    pub fn judged<'a>(&'a self, scored: &'a Judged) -> Vec<(&'a Presentation, f64)> {
        let with_score =
            self.presentations.all.iter().zip(&scored.all).filter_map(|(presentation, outcome)| {
                let Outcome::Answer(judgement) = outcome else { return None };
                Some((presentation, self.score.of(judgement)?))
            });
        with_score.collect()
    }

    fn add_sets(
        &self,
        findings: &mut Findings,
        judged: &[(&Presentation, f64)],
        threshold: f64,
        settings: &Settings,
    ) -> Result<()> {
        let mut sets: BTreeMap<&str, Vec<(&Presentation, f64)>> = BTreeMap::new();
        for (presentation, score) in judged {
            sets.entry(&presentation.set).or_default().push((presentation, *score));
        }
        let plain = |(p, score): &(&Presentation, f64), group| Trial {
            score: *score,
            target: p.bona_fide == Some(true),
            groups: [group; 2],
        };
        let curves = per_group(judged.iter().map(|one| (one.0.set.as_str(), plain(one, 0))));
        if let Some(summary) = EqualErrorSummary::of(&curves) {
            findings.metrics.add("eer_mean_of_sets", summary.mean, None);
            findings.metrics.add("eer_worst_set", summary.worst, None);
            findings
                .notes
                .push(format!("the worst set by equal error rate is {}", shown(&summary.worst_group)));
        }
        for (set, these) in sets {
            let count = |class| these.iter().filter(|(p, _)| p.bona_fide == Some(class)).count();
            let counts = BTreeMap::from([("bona_fide", count(true)), ("attacks", count(false))]);
            let (_, groups) = grouping(&these.iter().map(|(p, _)| *p).collect::<Vec<_>>());
            let mut metrics = Metrics::default();
            match Trials::new(these.iter().zip(groups).map(|(one, group)| plain(one, group)).collect()) {
                Ok(trials) => {
                    let rates = |curve: &oz::core::evaluation::ErrorCurve| {
                        [curve.eer().rate, curve.fmr(threshold), curve.fnmr(threshold)]
                    };
                    add_rates(&mut metrics, &["eer", "apcer", "bpcer"], &trials, settings, rates)?;
                }
                Err(_) => {
                    findings.notes.push(format!("{} holds one class only and has no rates", shown(set)));
                }
            }
            findings.sets.insert(shown(set), GroupReport { counts, metrics });
        }
        Ok(())
    }

    /// What the product would have answered, and the rates of those answers. A verdict may rest on one layer that is sure,
    /// so it is not always what the joined score at a threshold would say.
    fn add_verdicts(&self, findings: &mut Findings, scored: &Judged) {
        for (presentation, outcome) in self.presentations.all.iter().zip(&scored.all) {
            let class = if presentation.bona_fide == Some(true) { "bona_fide" } else { "attack" };
            let answer = match outcome {
                Outcome::Answer(judgement) => word(judgement.verdict),
                Outcome::Failure(_) => "no_response",
            };
            *findings.verdicts.entry(class).or_default().entry(answer.into()).or_insert(0) += 1;
        }
        for (metric, class, wrong) in
            [("apcer_of_verdicts", "attack", "bona_fide"), ("bpcer_of_verdicts", "bona_fide", "attack")]
        {
            let Some(answers) = findings.verdicts.get(class) else { continue };
            let count = |word: &str| answers.get(word).copied().unwrap_or(0);
            let answered = count("bona_fide") + count("attack") + count("inconclusive");
            if let Ok(rate) = rates::error_rate(count(wrong), answered) {
                findings.metrics.add(metric, rate, None);
            }
        }
    }

    /// Presentations that gave no answer, by class.
    fn add_failures(&self, findings: &mut Findings, scored: &Judged) -> Result<()> {
        let failed = |class: bool| {
            let these =
                self.presentations.all.iter().zip(&scored.all).filter(|(p, _)| p.bona_fide == Some(class));
            let failed = these.clone().filter(|(_, outcome)| matches!(outcome, Outcome::Failure(_)));
            (failed.count(), these.count())
        };
        let ((bona_fide, of_bona_fide), (attacks, of_attacks)) = (failed(true), failed(false));
        let fta = rates::failure_to_acquire_rate(bona_fide + attacks, of_bona_fide + of_attacks)?;
        findings.metrics.add("fta", fta, None);
        findings.metrics.add("bpnrr", rates::failure_to_acquire_rate(bona_fide, of_bona_fide)?, None);
        findings.metrics.add("apnrr", rates::failure_to_acquire_rate(attacks, of_attacks)?, None);
        findings.counts.insert("presentations", self.presentations.all.len());
        findings.counts.insert("failed", bona_fide + attacks);
        findings.failures = tally(scored.all.iter().filter_map(|outcome| match outcome {
            Outcome::Failure(code) => Some(code.as_str()),
            Outcome::Answer(_) => None,
        }));
        Ok(())
    }
}

fn shown(set: &str) -> String {
    if set.is_empty() { "(no set)".into() } else { set.into() }
}
