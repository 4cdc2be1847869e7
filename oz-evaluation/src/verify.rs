//! Verification: one-to-one comparisons.

use std::collections::BTreeMap;

use oz::core::evaluation::{ErrorCurve, Trial, Trials, per_group, rates};
use oz::{AnalysisRequest, FeatureVector, Oz, Threshold};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::document::{GroupReport, Metrics, PointReport, VariantReport, count_by_code, not_computable};
use crate::kind::{Kind, Procedure, Settings, StoredFeatures, cell, exact};
use crate::manifest::{Pair, Pairs, Unit};
use crate::runner;
use crate::variant::{About, Loaded};
use crate::work::Outcome;

/// False match rates of the reported operating points.
const RATES: [f64; 5] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
/// Number of errors above a threshold from which its rate counts as supported by the data.
pub(crate) const FEWEST_ERRORS: f64 = 10.0;

/// Verification (one-to-one comparison) of pairs: FMR, FNMR, EER.
pub struct Verify(pub Pairs);

/// Scores of all pairs and the calibration of the score.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComparedPairs {
    pub(crate) pairs: Vec<ComparedPair>,
    scale: ScoreScale,
    /// Error codes of the files without features.
    file_failures: Vec<String>,
}

/// Outcome of one comparison.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ComparedPair {
    /// Cosine similarity, -1..=1.
    pub(crate) similarity: Option<f64>,
    /// Calibrated score, 0..=1.
    score: Option<f64>,
    /// Error code if a file has no features, or empty.
    failure: String,
}

/// Logistic calibration of the score over the similarity.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ScoreScale {
    center: f64,
    slope: f64,
}

impl ScoreScale {
    /// Calibration of the loaded extractor; centre 0 and slope 1 without one.
    pub(crate) fn of(oz: &Oz) -> Self {
        let calibration = oz.pipeline().stages().extractor.as_ref().map(|extractor| extractor.calibration());
        let (center, slope) = calibration.map_or((0.0, 1.0), |c| (exact(c.center()), exact(c.slope())));
        Self { center, slope }
    }

    /// Cosine similarity of a score above 0 and below 1.
    pub(crate) fn similarity(self, score: f64) -> f64 {
        self.center + (score / (1.0 - score)).ln() / self.slope
    }
}

/// Features of one file, extracted as by `oz compare`.
pub(crate) fn features(oz: &Oz, unit: &Unit) -> Result<StoredFeatures> {
    Ok(StoredFeatures::from(&oz.features(runner::media(oz, unit)?)?))
}

impl Kind for Verify {}

impl Procedure for Verify {
    type Answer = StoredFeatures;
    type Scored = ComparedPairs;
    const NAME: &'static str = "verify";

    fn groups(&self) -> String {
        "identities; the weight of a non-mated pair is the product of the counts of both identities".into()
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
            let (similarity, score, failure) = match pair.files.map(|file| &vectors[file]) {
                [Ok(probe), Ok(reference)] => {
                    let compared =
                        loaded.oz.compare_features(probe, reference, &AnalysisRequest::default())?;
                    let score = compared.score;
                    (Some(exact(score.similarity)), Some(exact(score.value)), String::new())
                }
                [Err(code), _] | [_, Err(code)] => (None, None, code.clone()),
            };
            Ok(ComparedPair { similarity, score, failure })
        };

        Ok(ComparedPairs {
            pairs: self.0.all.iter().map(compare).collect::<Result<_>>()?,
            scale: ScoreScale::of(&loaded.oz),
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

    fn evaluate(&self, about: &About, scored: &ComparedPairs, settings: &Settings) -> Result<VariantReport> {
        let mut report = VariantReport::new(about.clone(), "similarity");
        let trials = Trials::new(self.trials(scored).map(|(_, trial)| trial).collect());
        let trials = trials.map_err(|error| not_computable("error rates", &error.into()))?;
        let decision = decision(scored.scale, settings)?;
        report.counts = self.counts(scored, &trials);
        report.failures = count_by_code(scored.file_failures.iter().map(String::as_str));

        let rates = |curve: &ErrorCurve| [curve.eer().rate, curve.fmr(decision), curve.fnmr(decision)];
        add_rates(&mut report.metrics, &["eer", "fmr", "fnmr"], &trials, settings, rates)?;
        add_score_points(&mut report, &trials, scored.scale, decision, settings)?;
        add_fmr_points(&mut report, &trials, settings)?;
        self.add_failures(&mut report, scored)?;
        report.note_no_errors("fmr", trials.count(false))?;
        report.note_no_errors("fnmr", trials.count(true))?;

        report.sets = self.per_set(scored, decision, settings)?;
        self.add_worst(&mut report, scored);
        report.add_distributions(&trials, "mated", "non-mated")?;
        Ok(report)
    }
}

/// Similarity of the decision threshold: the threshold of the settings or the default for a match.
fn decision(scale: ScoreScale, settings: &Settings) -> Result<f64> {
    let score =
        settings.threshold.map(|score| Threshold::sharp(score as f32)).transpose()?.unwrap_or_default();
    Ok(scale.similarity(exact(score.matching())))
}

/// Feature vector or error code of each file.
pub(crate) fn vectors(
    outcomes: &[&Outcome<StoredFeatures>],
) -> Result<Vec<std::result::Result<FeatureVector, String>>> {
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

    /// Adds the failure-to-acquire rate of the files and the false rejection rate, which includes failures.
    fn add_failures(&self, report: &mut VariantReport, scored: &ComparedPairs) -> Result<()> {
        let fta = rates::failure_to_acquire_rate(scored.file_failures.len(), self.0.units.len())?;
        report.metrics.add("fta", fta, None);

        let mated = || self.0.all.iter().zip(&scored.pairs).filter(|(pair, _)| pair.same);
        let failed = mated().filter(|(_, compared)| compared.similarity.is_none()).count();
        let fnmr = report.metrics.of("fnmr").map_or(0.0, |fnmr| fnmr.value);
        let failed = rates::failure_to_acquire_rate(failed, mated().count())?;
        report.metrics.add("frr", rates::false_rejection_rate(fnmr, failed)?, None);
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
            // A set with one class only has counts but no rates.
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

    fn add_worst(&self, report: &mut VariantReport, scored: &ComparedPairs) {
        let of = |same: bool| {
            let class = self.0.all.iter().zip(&scored.pairs).filter(|(pair, _)| pair.same == same);
            let named = class.filter_map(|(pair, compared)| {
                let [a, b] = pair.files.map(|file| self.0.units[file].name.as_str());
                Some((compared.similarity?, format!("{a} · {b}")))
            });
            named.collect()
        };
        let (mated, non_mated): (Vec<_>, Vec<_>) = (of(true), of(false));
        report.add_worst("most alike of two people", non_mated, true);
        report.add_worst("least alike of one person", mated, false);
    }
}

/// Adds rates with bootstrap intervals over the groups of the trials.
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

/// Adds the operating points of fixed scores, of the decision threshold and of the equal error rate.
fn add_score_points(
    report: &mut VariantReport,
    trials: &Trials,
    scale: ScoreScale,
    decision: f64,
    settings: &Settings,
) -> Result<()> {
    for (name, at) in [
        ("decision", decision),
        ("score .85, match", scale.similarity(exact(Threshold::default().matching()))),
        ("score .5, no match below", scale.similarity(0.5)),
        ("eer", trials.curve().eer().threshold),
    ] {
        let rates = |curve: &ErrorCurve| [curve.fmr(at), curve.fnmr(at)];
        let mut metrics = Metrics::default();
        add_rates(&mut metrics, &["fmr", "fnmr"], trials, settings, rates)?;
        report.operating_points.push(PointReport { name: name.into(), threshold: at, metrics, note: None });
    }
    Ok(())
}

/// Adds the operating points of those [`RATES`] that expect at least one error. The intervals are those of
/// the rates at the threshold that each bootstrap sample yields.
fn add_fmr_points(report: &mut VariantReport, trials: &Trials, settings: &Settings) -> Result<()> {
    let non_mated = trials.count(false) as f64;
    for rate in RATES.into_iter().filter(|rate| rate * non_mated >= 1.0) {
        let point = trials.curve().at_fmr(rate)?;
        let at = |curve: &ErrorCurve| curve.at_fmr(rate).unwrap_or(point);
        let rates = |curve: &ErrorCurve| [at(curve).fmr, at(curve).fnmr, 1.0 - at(curve).fnmr];
        let mut metrics = Metrics::default();
        add_rates(&mut metrics, &["fmr", "fnmr", "tar"], trials, settings, rates)?;

        let errors = rate * non_mated;
        let note = (errors < FEWEST_ERRORS)
            .then(|| format!("based on {errors:.0} non-mated pairs above the threshold"));
        report.operating_points.push(PointReport {
            name: format!("fmr={rate:e}"),
            threshold: point.threshold,
            metrics,
            note,
        });
    }
    Ok(())
}
