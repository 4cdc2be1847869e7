//! Quality: its distribution and its power to predict false non-matches.

use std::collections::{BTreeMap, BTreeSet};

use oz::core::evaluation::{Histogram, RatedComparison, error_versus_discard, rates};
use oz::core::face::QualityElement;
use oz::{AnalysisRequest, Oz};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::document::{GroupReport, Metrics, VariantReport, count_by_code};
use crate::kind::{Kind, Procedure, Settings, StoredFeatures, exact};
use crate::manifest::{Presentation, Presentations, Unit};
use crate::runner;
use crate::variant::{About, Loaded};
use crate::verify::{ScoreScale, vectors};
use crate::work::Outcome;

/// Shares of comparisons discarded in the error versus discard curve.
const DISCARDED: [f64; 7] = [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

/// Face image quality: distribution, and error versus discard if identities have several images.
pub struct Quality(pub Presentations);

/// Quality and features of the best shot of a unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rated {
    unified: u8,
    components: Vec<(QualityElement, u8)>,
    features: Option<StoredFeatures>,
}

/// Unified quality score and quality components, each 0..=100.
type Values = (u8, Vec<(QualityElement, u8)>);

/// Quality of all units and the mated comparisons between them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RatedAll {
    all: Vec<Outcome<Values>>,
    /// Lower quality and similarity of each pair of images of one person.
    mated: Vec<(f64, f64)>,
    scale: ScoreScale,
}

impl Kind for Quality {}

impl Procedure for Quality {
    type Answer = Rated;
    type Scored = RatedAll;
    const NAME: &'static str = "quality";

    fn groups(&self) -> String {
        "none: quality has no intervals".into()
    }

    fn units(&self) -> Vec<&Unit> {
        self.0.all.iter().map(|presentation| &presentation.unit).collect()
    }

    fn answer(&self, oz: &Oz, unit: &Unit) -> Result<Rated> {
        let outcome = oz.analyze(runner::media(oz, unit)?, &AnalysisRequest::default())?;
        let best = outcome.best_shot.ok_or_else(|| oz::Error::NoFace { what: unit.name.clone() })?;
        let quality = &best.subject.quality;
        Ok(Rated {
            unified: quality.unified,
            components: quality.components.iter().map(|c| (c.element, c.value)).collect(),
            features: outcome.features.as_ref().map(StoredFeatures::from),
        })
    }

    fn score(&self, loaded: &Loaded, outcomes: &[&Outcome<Rated>]) -> Result<RatedAll> {
        let plain = |outcome: &&Outcome<Rated>| match outcome {
            Outcome::Answer(rated) => Outcome::Answer((rated.unified, rated.components.clone())),
            Outcome::Failure(code) => Outcome::Failure(code.clone()),
        };
        let all = outcomes.iter().map(plain).collect();
        Ok(RatedAll { all, mated: self.mated(outcomes)?, scale: ScoreScale::of(&loaded.oz) })
    }

    fn columns(&self) -> Vec<String> {
        let own = ["file", "label", "set", "identity", "quality"].into_iter().map(String::from);
        let elements = ELEMENTS.into_iter().map(name_of);
        own.chain(elements).chain(["failure".into()]).chain(self.0.extra_columns.clone()).collect()
    }

    fn rows(&self, scored: &RatedAll) -> Vec<Vec<String>> {
        self.0.all.iter().zip(&scored.all).map(|(presentation, outcome)| row(presentation, outcome)).collect()
    }

    fn evaluate(&self, about: &About, scored: &RatedAll, settings: &Settings) -> Result<VariantReport> {
        let mut report = VariantReport::new(about.clone(), "quality");
        let rated = self.0.all.iter().zip(&scored.all).filter_map(|(presentation, outcome)| match outcome {
            Outcome::Answer((unified, _)) => Some((presentation, f64::from(*unified))),
            Outcome::Failure(_) => None,
        });
        let rated: Vec<_> = rated.collect();
        report.counts.insert("files", self.0.all.len());
        report.counts.insert("rated", rated.len());
        report.counts.insert("mated_comparisons", scored.mated.len());
        report.failures = count_by_code(scored.all.iter().filter_map(Outcome::failure));

        report.metrics = distribution(rated.iter().map(|(_, quality)| *quality).collect());
        let failed = self.0.all.len() - rated.len();
        report.metrics.add("fta", rates::failure_to_acquire_rate(failed, self.0.all.len())?, None);
        add_groups(&mut report, &rated)?;
        add_discard(&mut report, scored, settings)?;
        let worst = rated.iter().map(|(presentation, quality)| (*quality, presentation.unit.name.clone()));
        report.add_worst("lowest quality", worst.collect(), false);
        Ok(report)
    }
}

/// Quality components in the order of the columns.
const ELEMENTS: [QualityElement; 11] = [
    QualityElement::SingleFace,
    QualityElement::Pose,
    QualityElement::Sharpness,
    QualityElement::Illumination,
    QualityElement::UnderExposure,
    QualityElement::OverExposure,
    QualityElement::EyesOpen,
    QualityElement::MouthClosed,
    QualityElement::InterEyeDistance,
    QualityElement::OcclusionFree,
    QualityElement::Crop,
];

/// Name of a quality component as in other JSON documents.
fn name_of(element: QualityElement) -> String {
    serde_json::to_value(element).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}

fn row(presentation: &Presentation, outcome: &Outcome<Values>) -> Vec<String> {
    let (rated, failure) = match outcome {
        Outcome::Answer(rated) => (Some(rated), ""),
        Outcome::Failure(code) => (None, code.as_str()),
    };
    let component = |element| {
        let found = rated.and_then(|(_, all)| all.iter().find(|(known, _)| *known == element));
        found.map_or(String::new(), |(_, value)| value.to_string())
    };

    let own = [
        presentation.unit.name.clone(),
        label(presentation).into(),
        presentation.set.clone(),
        presentation.identity.clone(),
        rated.map_or(String::new(), |(unified, _)| unified.to_string()),
    ];
    let components = ELEMENTS.into_iter().map(component);
    own.into_iter().chain(components).chain([failure.into()]).chain(presentation.extra.clone()).collect()
}

fn label(presentation: &Presentation) -> &'static str {
    match presentation.bona_fide {
        Some(true) => "bona_fide",
        Some(false) => "attack",
        None => "",
    }
}

/// Mean and percentiles; empty for no values.
fn distribution(mut values: Vec<f64>) -> Metrics {
    let mut metrics = Metrics::default();
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return metrics };
    metrics.add("mean", values.iter().sum::<f64>() / values.len() as f64, None);
    for (name, share) in [("p5", 0.05), ("median", 0.5), ("p95", 0.95)] {
        metrics.add(name, values[(share * last as f64).round() as usize], None);
    }
    metrics
}

/// Adds distribution and histogram of each label, and distribution of each set.
fn add_groups(report: &mut VariantReport, rated: &[(&Presentation, f64)]) -> Result<()> {
    let of = |key: fn(&Presentation) -> &str, name: &str| -> Vec<f64> {
        rated.iter().filter(|(p, _)| key(p) == name).map(|(_, quality)| *quality).collect()
    };
    let group = |values: Vec<f64>| GroupReport {
        counts: BTreeMap::from([("files", values.len())]),
        metrics: distribution(values),
    };

    let labels: BTreeSet<&str> = rated.iter().map(|(p, _)| label(p)).collect();
    for name in labels {
        let values = of(|p| label(p), name);
        let key = if name.is_empty() { "all" } else { name };
        report.histograms.insert(key.into(), Histogram::new(values.iter().copied(), 0.0, 100.0, 50)?);
        if !name.is_empty() {
            report.species.insert(name.into(), group(values));
        }
    }

    let sets: BTreeSet<&str> = rated.iter().map(|(p, _)| p.set.as_str()).collect();
    for name in sets.into_iter().filter(|set| !set.is_empty()) {
        report.sets.insert(name.into(), group(of(|p| &p.set, name)));
    }
    Ok(())
}

/// Adds the error versus discard curve at the decision threshold, if identities have several images.
fn add_discard(report: &mut VariantReport, scored: &RatedAll, settings: &Settings) -> Result<()> {
    if scored.mated.is_empty() {
        report.notes.push("no identity has two images, so there is no error versus discard curve".into());
        return Ok(());
    }

    let score = settings.threshold.unwrap_or(exact(oz::Threshold::default().matching()));
    let rated = scored.mated.iter().map(|&(quality, score)| RatedComparison { quality, score }).collect();
    report.discard = error_versus_discard(rated, scored.scale.similarity(score), &DISCARDED)?;
    for point in &report.discard {
        let percent = (point.discarded * 100.0).round();
        report.metrics.add(format!("fnmr_without_worst_{percent}"), point.fnmr, None);
    }
    report.metrics.add("rank_correlation", rank_correlation(&scored.mated), None);
    report.notes.push(format!(
        "FNMR at score {score}; the quality of a comparison is the lower quality of its two images"
    ));
    Ok(())
}

/// Spearman's rank correlation of the two numbers of each pair, -1..=1; 0 if one of them is constant.
fn rank_correlation(pairs: &[(f64, f64)]) -> f64 {
    let (a, b) = (ranks(pairs.iter().map(|pair| pair.0)), ranks(pairs.iter().map(|pair| pair.1)));
    let mean = (pairs.len() as f64 + 1.0) / 2.0;
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let scale = (sum(&a, &a) * sum(&b, &b)).sqrt();
    if scale > 0.0 { sum(&a, &b) / scale } else { 0.0 }
}

/// Ranks from 1; equal values share the mean of their ranks.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<(usize, f64)> = values.enumerate().collect();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![0.0; sorted.len()];
    let mut before = 0;
    for equals in sorted.chunk_by(|a, b| a.1 == b.1) {
        let shared = before as f64 + (equals.len() as f64 + 1.0) / 2.0;
        equals.iter().for_each(|(index, _)| ranks[*index] = shared);
        before += equals.len();
    }
    ranks
}

impl Quality {
    /// Lower quality and similarity of every pair of images of one person.
    fn mated(&self, outcomes: &[&Outcome<Rated>]) -> Result<Vec<(f64, f64)>> {
        let features = |outcome: &&Outcome<Rated>| match outcome {
            Outcome::Answer(Rated { features: Some(features), .. }) => Outcome::Answer(features.clone()),
            Outcome::Answer(_) => Outcome::Failure(String::new()),
            Outcome::Failure(code) => Outcome::Failure(code.clone()),
        };
        let features: Vec<_> = outcomes.iter().map(features).collect();
        let vectors = vectors(&features.iter().collect::<Vec<_>>())?;

        let mut identities: BTreeMap<&str, Vec<(f64, &oz::FeatureVector)>> = BTreeMap::new();
        for ((presentation, outcome), vector) in self.0.all.iter().zip(outcomes).zip(&vectors) {
            if let (Outcome::Answer(rated), Ok(vector), false) =
                (outcome, vector, presentation.identity.is_empty())
            {
                let same = identities.entry(&presentation.identity).or_default();
                same.push((f64::from(rated.unified), vector));
            }
        }

        let mut mated = Vec::new();
        for images in identities.values() {
            for (at, (quality, vector)) in images.iter().enumerate() {
                for (other_quality, other) in &images[at + 1..] {
                    mated.push((quality.min(*other_quality), exact(vector.similarity(other)?)));
                }
            }
        }
        Ok(mated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_correlation_equals_values_computed_by_hand() {
        assert!((rank_correlation(&[(1.0, 10.0), (2.0, 20.0), (3.0, 90.0)]) - 1.0).abs() < 1e-12);
        assert!((rank_correlation(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]) + 1.0).abs() < 1e-12);
        assert_eq!(rank_correlation(&[(1.0, 3.0), (1.0, 2.0)]), 0.0);
        assert_eq!(ranks([5.0, 1.0, 5.0, 0.0].into_iter()), [3.5, 2.0, 3.5, 1.0]);
    }

    #[test]
    fn distribution_is_defined_for_any_number_of_values() {
        assert_eq!(distribution(vec![]), Metrics::default());
        assert_eq!(distribution(vec![7.0]).of("p5").unwrap().value, 7.0);
        assert_eq!(distribution((0..=100).map(f64::from).collect()).of("p95").unwrap().value, 95.0);
    }
}
