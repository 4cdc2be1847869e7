//! Presentation attack detection (PAD).

use std::collections::{BTreeMap, BTreeSet};

use oz::core::evaluation::{
    EqualErrorSummary, ErrorCurve, PadCurves, PadTrial, PadTrials, Trial, Trials, per_group, rates,
};
use oz::core::face::pad::{PadEvidence, PadLayer};
use oz::{AnalysisRequest, Oz, PadVerdict, Sampling};
use serde::{Deserialize, Serialize};

use crate::document::{GroupReport, Metrics, PointReport, VariantReport, count_by_code, not_computable};
use crate::kind::{Kind, Procedure, Settings, cell, exact};
use crate::manifest::{Presentation, Presentations, Unit};
use crate::runner;
use crate::variant::{About, Loaded};
use crate::verify::add_rates;
use crate::work::Outcome;
use crate::{Error, Result};

/// APCER of the reported BPCER100, BPCER20 and BPCER10 (ISO/IEC 30107-3).
const RATES: [f64; 3] = [0.01, 0.05, 0.1];

/// Presentation attack detection: APCER by PAI species, BPCER, EER.
pub struct Pad {
    /// Labelled presentations.
    pub presentations: Presentations,
    /// Score that the rates are computed from.
    pub score: PadScoreKind,
}

/// Score that the rates of [`Pad`] are computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PadScoreKind {
    /// Liveness score: all layers of evidence over the whole presentation.
    Liveness,
    /// Mean score of the PAD models over the frames that they processed.
    Appearance,
}

/// PAD results of one presentation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judgement {
    liveness: f64,
    verdict: PadVerdict,
    /// First reason of the verdict, or empty.
    reason: String,
    /// Mean over frames; `None` without a PAD model.
    appearance: Option<f64>,
    /// Score of each layer, by name.
    layers: BTreeMap<String, f64>,
    frames: usize,
}

/// Results of all presentations and the default decision threshold of the liveness score.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Judged {
    all: Vec<Outcome<Judgement>>,
    bona_fide_score: f64,
}

impl PadScoreKind {
    /// Name of the score and of its column in `scores.csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Appearance => "appearance",
        }
    }

    /// Name of the model that yields the score: the PAD models, or `liveness` for all layers.
    pub(crate) fn model(self, about: &About) -> String {
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

impl Kind for Pad {}

impl Procedure for Pad {
    type Answer = Judgement;
    type Scored = Judged;
    const NAME: &'static str = "pad";

    fn groups(&self) -> String {
        let all: Vec<_> = self.presentations.all.iter().collect();
        format!("{}; for the rates of a single set, identities or otherwise presentations", grouping(&all).0)
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
            // A burst has few images, so PAD runs on every frame.
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
        let layer = |evidence: &PadEvidence| (evidence.layer.name().to_owned(), exact(evidence.score));
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
                "the score `appearance` requires a PAD model, but the variant `{}` has none (--pad-models)",
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
        let layers = PadLayer::BUILT_IN.into_iter().map(|layer| format!("layer_{}", layer.name()));
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

    fn evaluate(&self, about: &About, scored: &Judged, settings: &Settings) -> Result<VariantReport> {
        let mut report = VariantReport::new(about.clone(), self.score.name());
        let judged = self.judged(scored);
        let (_, groups) = grouping(&judged.iter().map(|(p, _)| *p).collect::<Vec<_>>());
        let trials: Vec<PadTrial> =
            judged.iter().zip(groups).map(|((p, score), group)| trial(p, *score, group)).collect();
        let trials = PadTrials::new(&trials).map_err(|error| not_computable("error rates", &error.into()))?;
        let threshold = settings.threshold.unwrap_or(match self.score {
            PadScoreKind::Liveness => scored.bona_fide_score,
            PadScoreKind::Appearance => 0.5,
        });

        add_pooled(&mut report, &trials, threshold, settings)?;
        add_points(&mut report, &trials, threshold)?;
        add_species(&mut report, &trials, threshold, settings)?;
        report.note_no_errors("apcer", trials.pooled().count(false))?;
        report.note_no_errors("bpcer", trials.pooled().count(true))?;

        self.add_sets(&mut report, &judged, threshold, settings)?;
        self.add_verdicts(&mut report, scored);
        self.add_failures(&mut report, scored)?;
        add_worst(&mut report, &judged);
        report.add_distributions(trials.pooled(), "bona fide", "attack")?;
        Ok(report)
    }
}

/// Mean, rounded to 1e-9 so that the work file holds it exactly; `None` for no values.
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
        answer.map_or(String::new(), |answer| name_of_verdict(answer.verdict).into()),
        answer.map_or(String::new(), |answer| answer.frames.to_string()),
    ];
    let layers = PadLayer::BUILT_IN
        .into_iter()
        .map(|layer| cell(answer.and_then(|a| a.layers.get(layer.name()).copied())));
    let end = [answer.map_or(String::new(), |answer| answer.reason.clone()), failure.into()];

    own.into_iter().chain(layers).chain(end).chain(presentation.extra.clone()).collect()
}

fn name_of_verdict(verdict: PadVerdict) -> &'static str {
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

/// Resampling unit of the bootstrap and its index for each presentation: sets, identities or presentations.
///
/// Chooses the first of these with at least two in each class; with fewer, many samples would lack a class.
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

/// Adds the rates over all presentations, with intervals. APCER is that of the worst species.
fn add_pooled(
    report: &mut VariantReport,
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
        report.metrics.add(name, value, interval);
    }

    report.counts.insert("bona_fide", trials.pooled().count(true));
    report.counts.insert("attacks", trials.pooled().count(false));
    Ok(())
}

/// Adds the operating points of the decision threshold, of the equal error rate and of [`RATES`] for APCER
/// and BPCER.
fn add_points(report: &mut VariantReport, trials: &PadTrials, threshold: f64) -> Result<()> {
    let curves = trials.curves();
    let mut add = |name: String, threshold: f64| {
        let mut metrics = Metrics::default();
        metrics.add("apcer", curves.worst_apcer(threshold).1, None);
        metrics.add("bpcer", curves.bpcer(threshold), None);
        let note = Some(format!("worst species: {}", curves.worst_apcer(threshold).0));
        report.operating_points.push(PointReport { name, threshold, metrics, note });
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
    report: &mut VariantReport,
    trials: &PadTrials,
    threshold: f64,
    settings: &Settings,
) -> Result<()> {
    for (name, trials) in trials.species() {
        let mut metrics = Metrics::default();
        let rates = |curve: &ErrorCurve| [curve.fmr(threshold), curve.eer().rate];
        add_rates(&mut metrics, &["apcer", "eer"], trials, settings, rates)?;
        let counts = BTreeMap::from([("attacks", trials.count(false))]);
        report.species.insert(name.clone(), GroupReport { counts, metrics });
    }
    Ok(())
}

fn add_worst(report: &mut VariantReport, judged: &[(&Presentation, f64)]) {
    let scores_of = |bona_fide: bool| {
        let class = judged.iter().filter(|(p, _)| p.bona_fide == Some(bona_fide));
        class.map(|(p, score)| (*score, p.unit.name.clone())).collect::<Vec<_>>()
    };
    report.add_worst("most bona fide attack", scores_of(false), true);
    report.add_worst("least bona fide live presentation", scores_of(true), false);
}

impl Pad {
    /// Presentations with a score of the evaluated kind.
    pub(crate) fn judged<'a>(&'a self, scored: &'a Judged) -> Vec<(&'a Presentation, f64)> {
        let with_score =
            self.presentations.all.iter().zip(&scored.all).filter_map(|(presentation, outcome)| {
                let Outcome::Answer(judgement) = outcome else { return None };
                Some((presentation, self.score.of(judgement)?))
            });
        with_score.collect()
    }

    fn add_sets(
        &self,
        report: &mut VariantReport,
        judged: &[(&Presentation, f64)],
        threshold: f64,
        settings: &Settings,
    ) -> Result<()> {
        let mut sets: BTreeMap<&str, Vec<(&Presentation, f64)>> = BTreeMap::new();
        for (presentation, score) in judged {
            sets.entry(&presentation.set).or_default().push((presentation, *score));
        }

        let trial = |(p, score): &(&Presentation, f64), group| Trial {
            score: *score,
            target: p.bona_fide == Some(true),
            groups: [group; 2],
        };
        let curves = per_group(judged.iter().map(|one| (one.0.set.as_str(), trial(one, 0))));
        if let Some(summary) = EqualErrorSummary::of(&curves) {
            report.metrics.add("eer_mean_of_sets", summary.mean, None);
            report.metrics.add("eer_worst_set", summary.worst, None);
            let worst = name_of_set(&summary.worst_group);
            report.notes.push(format!("the set with the highest equal error rate is {worst}"));
        }

        for (set, members) in sets {
            let count = |class| members.iter().filter(|(p, _)| p.bona_fide == Some(class)).count();
            let counts = BTreeMap::from([("bona_fide", count(true)), ("attacks", count(false))]);
            let (_, groups) = grouping(&members.iter().map(|(p, _)| *p).collect::<Vec<_>>());

            let mut metrics = Metrics::default();
            match Trials::new(members.iter().zip(groups).map(|(one, group)| trial(one, group)).collect()) {
                Ok(trials) => {
                    let rates =
                        |curve: &ErrorCurve| [curve.eer().rate, curve.fmr(threshold), curve.fnmr(threshold)];
                    add_rates(&mut metrics, &["eer", "apcer", "bpcer"], &trials, settings, rates)?;
                }
                Err(_) => report.notes.push(format!(
                    "the set {} has presentations of one class only and therefore no rates",
                    name_of_set(set)
                )),
            }
            report.sets.insert(name_of_set(set), GroupReport { counts, metrics });
        }
        Ok(())
    }

    /// Adds the verdicts by class and their error rates. A verdict can follow from a single confident layer,
    /// so it may differ from a decision on the liveness score.
    fn add_verdicts(&self, report: &mut VariantReport, scored: &Judged) {
        for (presentation, outcome) in self.presentations.all.iter().zip(&scored.all) {
            let class = if presentation.bona_fide == Some(true) { "bona_fide" } else { "attack" };
            let answer = match outcome {
                Outcome::Answer(judgement) => name_of_verdict(judgement.verdict),
                Outcome::Failure(_) => "no_response",
            };
            *report.verdicts.entry(class).or_default().entry(answer.into()).or_insert(0) += 1;
        }

        for (metric, class, wrong) in
            [("apcer_of_verdicts", "attack", "bona_fide"), ("bpcer_of_verdicts", "bona_fide", "attack")]
        {
            let Some(answers) = report.verdicts.get(class) else { continue };
            let count = |verdict: &str| answers.get(verdict).copied().unwrap_or(0);
            let answered = count("bona_fide") + count("attack") + count("inconclusive");
            if let Ok(rate) = rates::error_rate(count(wrong), answered) {
                report.metrics.add(metric, rate, None);
            }
        }
    }

    /// Adds the rates of presentations without a response, by class.
    fn add_failures(&self, report: &mut VariantReport, scored: &Judged) -> Result<()> {
        let failed = |class: bool| {
            let members =
                self.presentations.all.iter().zip(&scored.all).filter(|(p, _)| p.bona_fide == Some(class));
            let failed = members.clone().filter(|(_, outcome)| outcome.failure().is_some());
            (failed.count(), members.count())
        };

        let ((bona_fide, of_bona_fide), (attacks, of_attacks)) = (failed(true), failed(false));
        let fta = rates::failure_to_acquire_rate(bona_fide + attacks, of_bona_fide + of_attacks)?;
        report.metrics.add("fta", fta, None);
        report.metrics.add("bpnrr", rates::failure_to_acquire_rate(bona_fide, of_bona_fide)?, None);
        report.metrics.add("apnrr", rates::failure_to_acquire_rate(attacks, of_attacks)?, None);

        report.counts.insert("presentations", self.presentations.all.len());
        report.counts.insert("failed", bona_fide + attacks);
        report.failures = count_by_code(scored.all.iter().filter_map(Outcome::failure));
        Ok(())
    }
}

fn name_of_set(set: &str) -> String {
    if set.is_empty() { "(no set)".into() } else { set.into() }
}
