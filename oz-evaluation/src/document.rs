//! What an evaluation found, as plain data: `metrics.json`, from which the report is drawn.

use std::collections::BTreeMap;

use oz::core::evaluation::{CurvePoint, DiscardPoint, Histogram, Interval, Trials, rates};

use crate::{Error, Result};
use serde::{Serialize, Serializer};

use crate::variant::About;

/// All of an evaluation.
#[derive(Debug, Serialize)]
pub struct Evaluation {
    /// `oz.evaluation/1`.
    pub schema: &'static str,
    /// `verify`, `identify`, `pad` or `quality`.
    pub kind: &'static str,
    /// Version of the program.
    pub oz: &'static str,
    /// What was evaluated on.
    pub manifest: ManifestReport,
    /// How intervals were made.
    pub intervals: IntervalReport,
    /// What was found, for each variant.
    pub variants: Vec<Findings>,
}

impl Evaluation {
    /// Name and version of the document.
    pub const SCHEMA: &'static str = "oz.evaluation/1";
}

/// What was evaluated on.
#[derive(Debug, Clone, Serialize)]
pub struct ManifestReport {
    /// Name of the file, without its folder.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Conditions on rows, as given.
    pub filters: Vec<String>,
    /// Rows left out for want of a label.
    pub left_out: usize,
    /// Consecutive files that make one presentation.
    pub burst: usize,
}

/// How intervals were made.
#[derive(Debug, Clone, Serialize)]
pub struct IntervalReport {
    /// Share of intervals that shall hold the true rate.
    pub confidence: f64,
    /// How often all groups were drawn.
    pub replicates: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// What was drawn as a whole.
    pub groups: String,
}

/// What was found of one variant.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// What the variant is made of.
    #[serde(flatten)]
    pub about: About,
    /// Which score the rates are about.
    pub score: String,
    /// Numbers of attempts.
    pub counts: BTreeMap<&'static str, usize>,
    /// Rates over everything.
    pub metrics: Metrics,
    /// Rates at thresholds of interest.
    pub operating_points: Vec<PointReport>,
    /// Rates of each set.
    pub sets: BTreeMap<String, GroupReport>,
    /// Rates of each species of attack instrument.
    pub species: BTreeMap<String, GroupReport>,
    /// Verdicts by class.
    pub verdicts: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Failures by error code.
    pub failures: BTreeMap<String, usize>,
    /// Error versus discard.
    pub discard: Vec<DiscardPoint>,
    /// Error rates over the threshold, thinned out.
    pub curve: Vec<CurvePoint>,
    /// How scores are spread, by class.
    pub histograms: BTreeMap<String, Histogram>,
    /// The gravest errors, worst first.
    pub worst: Vec<WorstReport>,
    /// What a reader has to know.
    pub notes: Vec<String>,
}

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Where it would lie if other groups had been there; none when that cannot be told.
    pub interval: Option<Interval>,
}

/// Named numbers in an order that makes sense to readers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics(pub Vec<(String, Estimate)>);

/// Rates at one threshold.
#[derive(Debug, Serialize)]
pub struct PointReport {
    /// What the threshold was chosen for.
    pub name: String,
    /// The threshold, in the unit of the score.
    pub threshold: f64,
    /// Rates there.
    pub metrics: Metrics,
    /// What a reader has to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One set or species.
#[derive(Debug, Default, Serialize)]
pub struct GroupReport {
    /// Numbers of attempts.
    pub counts: BTreeMap<&'static str, usize>,
    /// Rates.
    pub metrics: Metrics,
}

/// An error that was made.
#[derive(Debug, Serialize)]
pub struct WorstReport {
    /// Which kind of error.
    pub error: &'static str,
    /// What it happened on: names of files.
    pub media: String,
    /// The score.
    pub score: f64,
}

impl Findings {
    /// Nothing found yet.
    pub fn new(about: About, score: impl Into<String>) -> Self {
        Self {
            about,
            score: score.into(),
            counts: BTreeMap::new(),
            metrics: Metrics::default(),
            operating_points: Vec::new(),
            sets: BTreeMap::new(),
            species: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            failures: BTreeMap::new(),
            discard: Vec::new(),
            curve: Vec::new(),
            histograms: BTreeMap::new(),
            worst: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds what plots need: the curve and the histograms of both classes.
    pub fn plot(&mut self, trials: &Trials, target: &str, non_target: &str) -> Result<()> {
        const BINS: usize = 50;
        self.curve = thinned(trials.curve().points());
        let scores = || trials.rising().iter().map(|trial| trial.score);
        let (low, high) = (scores().fold(f64::MAX, f64::min), scores().fold(f64::MIN, f64::max));
        let high = if high > low { high } else { low + 1.0 };
        for (name, class) in [(target, true), (non_target, false)] {
            self.histograms.insert(name.into(), Histogram::new(trials.scores(class), low, high, BINS)?);
        }
        Ok(())
    }

    /// Says what is excluded when no error was made, since the interval of 0 to 0 says nothing.
    pub fn note_no_errors(&mut self, metric: &str, attempts: usize) -> Result<()> {
        if self.metrics.of(metric).is_some_and(|estimate| estimate.value == 0.0) {
            let bound = rates::rule_of_three(attempts)? * 100.0;
            let metric = metric.to_uppercase();
            self.notes.push(format!(
                "{metric} is 0 of {attempts} at the decision; that excludes more than {bound:.2} % with 95 % confidence, \
                 provided that attempts are independent"
            ));
        }
        Ok(())
    }

    /// Adds one error of each kind after another, at most `MOST` of each.
    pub fn worst_of(&mut self, error: &'static str, mut found: Vec<(f64, String)>, highest_first: bool) {
        const MOST: usize = 12;
        found.sort_by(|a, b| if highest_first { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
        let worst = found.into_iter().take(MOST);
        self.worst.extend(worst.map(|(score, media)| WorstReport { error, media, score }));
    }
}

/// Leaves out points that nobody could tell apart in a plot.
fn thinned(points: &[CurvePoint]) -> Vec<CurvePoint> {
    /// Share by which a rate has to change, of itself, to be drawn.
    const STEP: f64 = 0.01;
    let moved =
        |from: f64, to: f64| (from - to).abs() > STEP * from.max(to).min(1.0 - from.min(to)).max(1e-6);
    let mut kept: Vec<CurvePoint> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let differs = |last: &CurvePoint| moved(last.fmr, point.fmr) || moved(last.fnmr, point.fnmr);
        if at + 1 == points.len() || kept.last().is_none_or(differs) {
            kept.push(*point);
        }
    }
    kept
}

impl Metrics {
    /// Adds a number.
    pub fn add(&mut self, name: impl Into<String>, value: f64, interval: Option<Interval>) {
        self.0.push((name.into(), Estimate { value, interval }));
    }

    /// A number by its name.
    pub fn of(&self, name: &str) -> Option<Estimate> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, estimate)| *estimate)
    }

    /// All names.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, estimate)| (name, estimate)))
    }
}

/// Counts failures by code.
pub(crate) fn tally<'a>(codes: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for code in codes {
        *counts.entry(code.to_owned()).or_insert(0) += 1;
    }
    counts
}

/// An evaluation in which nothing was acquired or a class is missing, said in words of the kind.
pub(crate) fn cannot_tell(what: &str, why: &Error) -> Error {
    Error::config(format!("no {what} can be computed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_the_shape() {
        let targets: Vec<f64> = (0..5000).map(|i| f64::from(i) / 5000.0).collect();
        let points = Trials::from_scores(&targets, &targets).unwrap().curve().points().to_vec();
        let few = thinned(&points);
        assert!(few.len() < 1500, "{}", few.len());
        assert_eq!((few.first(), few.last()), (points.first(), points.last()));
        let gap = |pair: &[CurvePoint]| (pair[0].fmr - pair[1].fmr).abs();
        assert!(few.windows(2).all(|pair| gap(pair) < 0.02));
    }
}
