//! Results of an evaluation as plain data: the content of `metrics.json` and the source of the HTML report.

use std::collections::BTreeMap;

use oz::core::evaluation::{CurvePoint, DiscardPoint, Histogram, Interval, Trials, rates};
use serde::{Serialize, Serializer};

use crate::variant::About;
use crate::{Error, Result};

/// Results of an evaluation, serialised as `metrics.json`.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// [`Evaluation::SCHEMA`].
    pub schema: &'static str,
    /// `verify`, `identify`, `pad` or `quality`.
    pub kind: &'static str,
    /// Version of `oz`.
    pub oz: &'static str,
    /// Manifest of the evaluated media.
    pub manifest: ManifestReport,
    /// Method of the confidence intervals.
    pub intervals: IntervalReport,
    /// Results of each variant, in the order of the variants passed to [`run()`](crate::run()).
    pub variants: Vec<VariantReport>,
}

impl Evaluation {
    /// Name and version of the document format.
    pub const SCHEMA: &'static str = "oz.evaluation/1";
}

/// Manifest of the evaluated media.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ManifestReport {
    /// File name without its folder.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// Row filters, as given.
    pub filters: Vec<String>,
    /// Number of rows skipped because they have no label.
    pub left_out: usize,
    /// Number of consecutive files joined into one presentation.
    pub burst: usize,
}

/// Method of the confidence intervals.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct IntervalReport {
    /// Confidence level, between 0 and 1.
    pub confidence: f64,
    /// Number of bootstrap samples.
    pub replicates: usize,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Resampling unit of the bootstrap, in words.
    pub groups: String,
}

/// Results of one variant. Fields that do not apply to the kind of evaluation are empty.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct VariantReport {
    /// Engine and models of the variant.
    #[serde(flatten)]
    pub about: About,
    /// Score that the rates are computed from: `similarity`, `liveness`, `appearance` or `quality`.
    pub score: String,
    /// Numbers of attempts.
    pub counts: BTreeMap<&'static str, usize>,
    /// Metrics over all attempts.
    pub metrics: Metrics,
    /// Rates at selected thresholds.
    pub operating_points: Vec<PointReport>,
    /// Metrics of each capture set.
    pub sets: BTreeMap<String, GroupReport>,
    /// Metrics of each PAI species; of each label in an evaluation of quality.
    pub species: BTreeMap<String, GroupReport>,
    /// Number of verdicts by ground truth and verdict.
    pub verdicts: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Number of failures by error code.
    pub failures: BTreeMap<String, usize>,
    /// Error versus discard curve.
    pub discard: Vec<DiscardPoint>,
    /// Error rates over the threshold, reduced to the resolution of a plot.
    pub curve: Vec<CurvePoint>,
    /// Distribution of the scores by class.
    pub histograms: BTreeMap<String, Histogram>,
    /// Attempts with the most extreme wrong scores, worst first.
    pub worst: Vec<WorstReport>,
    /// Remarks on the validity of the results, as sentences without a full stop.
    pub notes: Vec<String>,
}

/// Value of a metric with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// Point estimate. Rates are shares, 0 to 1.
    pub value: f64,
    /// Bootstrap interval; `None` if the metric has none or the data does not determine it.
    pub interval: Option<Interval>,
}

/// Metrics by name, in the order of presentation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics(Vec<(String, Estimate)>);

/// Rates at one threshold.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct PointReport {
    /// Criterion of the threshold, e.g. `fmr=1e-3` or `eer`.
    pub name: String,
    /// Threshold in the unit of [`VariantReport::score`].
    pub threshold: f64,
    /// Rates at the threshold.
    pub metrics: Metrics,
    /// Remark on the validity of the rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Metrics of one capture set, PAI species or label.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct GroupReport {
    /// Numbers of attempts.
    pub counts: BTreeMap<&'static str, usize>,
    /// Metrics; empty if the group determines none.
    pub metrics: Metrics,
}

/// Attempt with an extreme wrong score.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct WorstReport {
    /// Kind of error.
    pub error: &'static str,
    /// Names of the files.
    pub media: String,
    /// Score in the unit of [`VariantReport::score`].
    pub score: f64,
}

impl VariantReport {
    /// Report without results.
    pub(crate) fn new(about: About, score: impl Into<String>) -> Self {
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

    /// Adds the error curve and the histograms of both classes.
    pub(crate) fn add_distributions(
        &mut self,
        trials: &Trials,
        target: &str,
        non_target: &str,
    ) -> Result<()> {
        const BINS: usize = 50;
        self.curve = simplified(trials.curve().points());

        let scores = || trials.rising().iter().map(|trial| trial.score);
        let (low, high) = (scores().fold(f64::MAX, f64::min), scores().fold(f64::MIN, f64::max));
        let high = if high > low { high } else { low + 1.0 };
        for (name, class) in [(target, true), (non_target, false)] {
            self.histograms.insert(name.into(), Histogram::new(trials.scores(class), low, high, BINS)?);
        }
        Ok(())
    }

    /// Adds the upper bound of a rate that is 0, because its bootstrap interval has no width.
    pub(crate) fn note_no_errors(&mut self, metric: &str, attempts: usize) -> Result<()> {
        if self.metrics.of(metric).is_some_and(|estimate| estimate.value == 0.0) {
            let bound = rates::rule_of_three(attempts)? * 100.0;
            let metric = metric.to_uppercase();
            self.notes.push(format!(
                "{metric} at the decision threshold is 0 of {attempts} attempts: at most {bound:.2} % with \
                 95 % confidence, provided that attempts are independent"
            ));
        }
        Ok(())
    }

    /// Adds the attempts with the most extreme wrong scores, worst first.
    pub(crate) fn add_worst(
        &mut self,
        error: &'static str,
        mut attempts: Vec<(f64, String)>,
        highest_first: bool,
    ) {
        const MOST: usize = 12;
        attempts.sort_by(|a, b| if highest_first { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) });
        let worst = attempts.into_iter().take(MOST);
        self.worst.extend(worst.map(|(score, media)| WorstReport { error, media, score }));
    }
}

/// Drops points that a plot could not distinguish from their predecessor.
fn simplified(points: &[CurvePoint]) -> Vec<CurvePoint> {
    /// Smallest visible change of a rate, relative to its distance from 0 or 1.
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
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64, interval: Option<Interval>) {
        self.0.push((name.into(), Estimate { value, interval }));
    }

    /// Metric by name.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Estimate> {
        self.iter().find(|(known, _)| *known == name).map(|(_, estimate)| estimate)
    }

    /// Names of all metrics.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.iter().map(|(name, _)| name).collect()
    }

    /// All metrics with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Estimate)> {
        self.0.iter().map(|(name, estimate)| (name.as_str(), *estimate))
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Counts failures by error code.
pub(crate) fn count_by_code<'a>(codes: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for code in codes {
        *counts.entry(code.to_owned()).or_insert(0) += 1;
    }
    counts
}

/// Error of an evaluation without any score, or with scores of one class only.
pub(crate) fn not_computable(what: &str, cause: &Error) -> Error {
    Error::config(format!("cannot compute {what}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simplified_curve_keeps_both_ends_and_the_shape() {
        let targets: Vec<f64> = (0..5000).map(|i| f64::from(i) / 5000.0).collect();
        let points = Trials::from_scores(&targets, &targets).unwrap().curve().points().to_vec();
        let few = simplified(&points);
        assert!(few.len() < 1500, "{}", few.len());
        assert_eq!((few.first(), few.last()), (points.first(), points.last()));
        let gap = |pair: &[CurvePoint]| (pair[0].fmr - pair[1].fmr).abs();
        assert!(few.windows(2).all(|pair| gap(pair) < 0.02));
    }
}
