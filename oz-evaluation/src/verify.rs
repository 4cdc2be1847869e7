//! `oz evaluate verify`: comparisons one to one.

use std::collections::BTreeMap;

use crate::Result;
use oz::core::evaluation::{ErrorCurve, Trial, Trials, per_group, rates};
use oz::{AnalysisRequest, Oz, Threshold};
use serde::{Deserialize, Serialize};

use crate::document::{Findings, GroupReport, Metrics, PointReport, cannot_tell, tally};
use crate::kind::{Kind, Settings, StoredFeatures, cell, exact};
use crate::manifest::{Pair, Pairs, Unit};
use crate::runner;
use crate::variant::{About, Loaded};
use crate::work::Outcome;

/// False match rates at which true accept rates are told.
const RATES: [f64; 5] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
/// A rate is well founded when this many errors lie above its threshold.
pub(crate) const FEWEST_ERRORS: f64 = 10.0;

/// Comparisons of known truth.
pub struct Verify(pub Pairs);

/// Scores of all pairs, and the thresholds that the product uses.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComparedPairs {
    pub pairs: Vec<ComparedPair>,
    pub scale: Scale,
    /// Codes of the files that gave no features.
    file_failures: Vec<String>,
}

/// What became of one pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComparedPair {
    /// Cosine similarity, -1..=1.
    pub similarity: Option<f64>,
    /// Calibrated score, 0..=1.
    score: Option<f64>,
    /// Why there is none.
    failure: String,
}

/// The product's scale, in similarities.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Scale {
    center: f64,
    slope: f64,
}

impl Scale {
    pub fn of(oz: &Oz) -> Self {
        let calibration = oz.pipeline().stages().extractor.as_ref().map(|extractor| extractor.calibration());
        let (center, slope) = calibration.map_or((0.0, 1.0), |c| (exact(c.center), exact(c.slope)));
        Self { center, slope }
    }

    /// The similarity at which the score has a value.
    pub fn similarity(self, score: f64) -> f64 {
        self.center + (score / (1.0 - score)).ln() / self.slope
    }
}

/// Features of one file, as `oz compare` takes them.
pub(crate) fn features(oz: &Oz, unit: &Unit) -> Result<StoredFeatures> {
    Ok(StoredFeatures::from(&oz.features(runner::media(oz, unit)?)?))
}

impl Kind for Verify {
    type Answer = StoredFeatures;
    type Scored = ComparedPairs;
    const NAME: &'static str = "verify";

    fn groups(&self) -> String {
        "identities; a non-mated pair counts as often as both its identities were drawn".into()
    }

    fn units(&self) -> Vec<&Unit> {
        self.0.units.iter().collect()
    }

    fn answer(&self, oz: &Oz, unit: &Unit) -> Result<StoredFeatures> {
        features(oz, unit)
    }

    fn score(&self, loaded: &Loaded, outcomes: &[&Outcome<StoredFeatures>]) -> Result<ComparedPairs> {
        let vectors = vectors(outcomes)?;
        let compare = |pair: &Pair| -> Result<ComparedPair> {
            match (&vectors[pair.files[0]], &vectors[pair.files[1]]) {
                (Ok(a), Ok(b)) => {
                    let score = loaded.oz.compare_features(a, b, &AnalysisRequest::default())?.score;
                    let (similarity, score) = (Some(exact(score.similarity)), Some(exact(score.value)));
                    Ok(ComparedPair { similarity, score, failure: String::new() })
                }
                (Err(code), _) | (_, Err(code)) => {
                    Ok(ComparedPair { similarity: None, score: None, failure: code.clone() })
                }
            }
        };
        Ok(ComparedPairs {
            pairs: self.0.all.iter().map(compare).collect::<Result<_>>()?,
            scale: Scale::of(&loaded.oz),
            file_failures: vectors.into_iter().filter_map(std::result::Result::err).collect(),
        })
    }

    fn columns(&self) -> Vec<String> {
        let own =
            ["file_a", "file_b", "same", "set", "identity_a", "identity_b", "similarity", "score", "failure"];
        own.into_iter().map(String::from).chain(self.0.extra_columns.clone()).collect()
    }

    fn rows(&self, scored: &ComparedPairs) -> Vec<Vec<String>> {
        let row = |(pair, compared): (&Pair, &ComparedPair)| {
            let name = |side: usize| self.0.units[pair.files[side]].name.clone();
            let own = [
                name(0),
                name(1),
                u8::from(pair.same).to_string(),
                pair.set.clone(),
                pair.identities[0].to_string(),
                pair.identities[1].to_string(),
                cell(compared.similarity),
                cell(compared.score),
                compared.failure.clone(),
            ];
            own.into_iter().chain(pair.extra.clone()).collect()
        };
        self.0.all.iter().zip(&scored.pairs).map(row).collect()
    }

    fn evaluate(&self, about: &About, scored: &ComparedPairs, settings: &Settings) -> Result<Findings> {
        let mut findings = Findings::new(about.clone(), "similarity");
        let trials = Trials::new(self.trials(scored).map(|(_, trial)| trial).collect());
        let trials = trials.map_err(|error| cannot_tell("error rates", &error.into()))?;
        let decision = decision(scored.scale, settings)?;
        findings.counts = self.counts(scored, &trials);
        findings.failures = tally(scored.file_failures.iter().map(String::as_str));
        rate_all(&mut findings, &trials, scored.scale, decision, settings)?;
        self.add_failures(&mut findings, scored)?;
        findings.note_no_errors("fmr", trials.count(false))?;
        findings.note_no_errors("fnmr", trials.count(true))?;
        findings.sets = self.per_set(scored, decision, settings)?;
        self.add_worst(&mut findings, scored);
        findings.plot(&trials, "mated", "non-mated")?;
        Ok(findings)
    }
}

/// The similarity from which a pair is accepted: that of the product's score for a match unless told otherwise.
fn decision(scale: Scale, settings: &Settings) -> Result<f64> {
    let score =
        settings.threshold.map(|score| Threshold::sharp(score as f32)).transpose()?.unwrap_or_default();
    Ok(scale.similarity(exact(score.matching())))
}

/// Feature vectors of all files, or why there are none.
pub(crate) fn vectors(
    outcomes: &[&Outcome<StoredFeatures>],
) -> Result<Vec<std::result::Result<oz::FeatureVector, String>>> {
    let vector = |outcome: &&Outcome<StoredFeatures>| match outcome {
        Outcome::Answer(features) => Ok(Ok(features.vector()?)),
        Outcome::Failure(code) => Ok(Err(code.clone())),
    };
    outcomes.iter().map(vector).collect()
}

impl Verify {
    fn trials<'a>(&'a self, scored: &'a ComparedPairs) -> impl Iterator<Item = (&'a Pair, Trial)> {
        self.0.all.iter().zip(&scored.pairs).filter_map(|(pair, compared)| {
            let score = compared.similarity?;
            Some((pair, Trial { score, target: pair.same, groups: pair.identities }))
        })
    }

    fn counts(&self, scored: &ComparedPairs, trials: &Trials) -> BTreeMap<&'static str, usize> {
        BTreeMap::from([
            ("files", self.0.units.len()),
            ("files_failed", scored.file_failures.len()),
            ("pairs", self.0.all.len()),
            ("pairs_failed", scored.pairs.iter().filter(|pair| pair.similarity.is_none()).count()),
            ("mated", trials.count(true)),
            ("non_mated", trials.count(false)),
            ("identities", self.0.all.iter().flat_map(|p| p.identities).max().map_or(0, |last| last + 1)),
        ])
    }

    /// Failures to acquire, and what a user meets who is refused for either reason.
    fn add_failures(&self, findings: &mut Findings, scored: &ComparedPairs) -> Result<()> {
        let fta = rates::failure_to_acquire_rate(scored.file_failures.len(), self.0.units.len())?;
        findings.metrics.add("fta", fta, None);
        let mated = || self.0.all.iter().zip(&scored.pairs).filter(|(pair, _)| pair.same);
        let failed = mated().filter(|(_, compared)| compared.similarity.is_none()).count();
        let fnmr = findings.metrics.of("fnmr").map_or(0.0, |fnmr| fnmr.value);
        let failed = rates::failure_to_acquire_rate(failed, mated().count())?;
        findings.metrics.add("frr", rates::false_rejection_rate(fnmr, failed)?, None);
        Ok(())
    }

    fn per_set(
        &self,
        scored: &ComparedPairs,
        decision: f64,
        settings: &Settings,
    ) -> Result<BTreeMap<String, GroupReport>> {
        let mut sets: BTreeMap<&str, Vec<Trial>> = BTreeMap::new();
        for (pair, trial) in self.trials(scored).filter(|(pair, _)| !pair.set.is_empty()) {
            sets.entry(&pair.set).or_default().push(trial);
        }
        let curves = per_group(sets.iter().flat_map(|(set, all)| all.iter().map(|trial| (*set, *trial))));
        let report = |(set, trials): (&str, Vec<Trial>)| -> Result<(String, GroupReport)> {
            let count = |same| trials.iter().filter(|trial| trial.target == same).count();
            let counts = BTreeMap::from([("mated", count(true)), ("non_mated", count(false))]);
            let mut metrics = Metrics::default();
            if curves[set].is_ok() {
                let trials = Trials::new(trials)?;
                let rates =
                    |curve: &ErrorCurve| [curve.eer().rate, curve.fmr(decision), curve.fnmr(decision)];
                add_rates(&mut metrics, &["eer", "fmr", "fnmr"], &trials, settings, rates)?;
            }
            Ok((set.to_owned(), GroupReport { counts, metrics }))
        };
        sets.into_iter().map(report).collect()
    }

    fn add_worst(&self, findings: &mut Findings, scored: &ComparedPairs) {
        let of = |same: bool| {
            let class = self.0.all.iter().zip(&scored.pairs).filter(|(pair, _)| pair.same == same);
            let named = class.filter_map(|(pair, compared)| {
                let [a, b] = pair.files.map(|file| self.0.units[file].name.as_str());
                Some((compared.similarity?, format!("{a} · {b}")))
            });
            named.collect()
        };
        let (mated, non_mated): (Vec<_>, Vec<_>) = (of(true), of(false));
        findings.worst_of("most alike of two people", non_mated, true);
        findings.worst_of("least alike of one person", mated, false);
    }
}

/// Adds named rates with intervals over whole groups.
pub(crate) fn add_rates<const N: usize>(
    metrics: &mut Metrics,
    names: &[&str; N],
    trials: &Trials,
    settings: &Settings,
    rates: impl Fn(&ErrorCurve) -> [f64; N],
) -> Result<()> {
    let redrawn = |drawn: &[u32]| match trials.resampled(drawn) {
        Some(curve) => rates(&curve).map(Some),
        None => [None; N],
    };
    let intervals = settings.bootstrap.intervals(trials.groups(), &mut settings.random(), redrawn)?;
    for ((name, value), interval) in names.iter().zip(rates(&trials.curve())).zip(intervals) {
        metrics.add(*name, value, interval);
    }
    Ok(())
}

/// Adds what is told of all pairs: equal error rate, both rates at the decision, and rates at thresholds of interest.
fn rate_all(
    findings: &mut Findings,
    trials: &Trials,
    scale: Scale,
    decision: f64,
    settings: &Settings,
) -> Result<()> {
    let rates = |curve: &ErrorCurve| [curve.eer().rate, curve.fmr(decision), curve.fnmr(decision)];
    add_rates(&mut findings.metrics, &["eer", "fmr", "fnmr"], trials, settings, rates)?;
    let eer = trials.curve().eer();
    let threshold = Threshold::default();
    for (name, at) in [
        ("decision".to_owned(), decision),
        ("score .85, match".to_owned(), scale.similarity(exact(threshold.matching()))),
        ("score .5, no match below".to_owned(), scale.similarity(0.5)),
        ("eer".to_owned(), eer.threshold),
    ] {
        let rates = |curve: &ErrorCurve| [curve.fmr(at), curve.fnmr(at)];
        let mut metrics = Metrics::default();
        add_rates(&mut metrics, &["fmr", "fnmr"], trials, settings, rates)?;
        findings.operating_points.push(PointReport { name, threshold: at, metrics, note: None });
    }
    let non_mated = trials.count(false) as f64;
    for rate in RATES.into_iter().filter(|rate| rate * non_mated >= 1.0) {
        let point = trials.curve().at_fmr(rate)?;
        let at = |curve: &ErrorCurve| curve.at_fmr(rate).unwrap_or(point);
        let rates = |curve: &ErrorCurve| [at(curve).fmr, at(curve).fnmr, 1.0 - at(curve).fnmr];
        let mut metrics = Metrics::default();
        add_rates(&mut metrics, &["fmr", "fnmr", "tar"], trials, settings, rates)?;
        let few = rate * non_mated < FEWEST_ERRORS;
        let note =
            few.then(|| format!("rests on {:.0} non-mated pairs above the threshold", rate * non_mated));
        findings.operating_points.push(PointReport {
            name: format!("fmr={rate:e}"),
            threshold: point.threshold,
            metrics,
            note,
        });
    }
    Ok(())
}
