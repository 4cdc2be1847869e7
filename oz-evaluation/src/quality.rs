//! `oz evaluate quality`: how quality is spread, and whether it tells which comparisons fail.

use std::collections::{BTreeMap, BTreeSet};

use crate::Result;
use oz::core::evaluation::{Histogram, RatedComparison, error_versus_discard, rates};
use oz::core::face::QualityElement;
use oz::{AnalysisRequest, Oz};
use serde::{Deserialize, Serialize};

use crate::document::{Findings, GroupReport, Metrics, tally};
use crate::kind::{Kind, Settings, StoredFeatures, exact};
use crate::manifest::{Presentation, Presentations, Unit};
use crate::runner;
use crate::variant::{About, Loaded};
use crate::verify::{Scale, vectors};
use crate::work::Outcome;

/// Shares that are discarded, worst first.
const DISCARDED: [f64; 7] = [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

/// Pictures, with labels and identities as far as there are some.
pub struct Quality(pub Presentations);

/// Quality of the best shot, and its features.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rated {
    unified: u8,
    components: Vec<(QualityElement, u8)>,
    features: Option<StoredFeatures>,
}

/// Unified quality and components.
type Values = (u8, Vec<(QualityElement, u8)>);

/// Quality of every unit, and mated comparisons between them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RatedAll {
    /// Values, or an error code.
    all: Vec<Outcome<Values>>,
    /// Quality of the worse picture, and similarity, of each pair of pictures of one person.
    mated: Vec<(f64, f64)>,
    scale: Scale,
}

impl Kind for Quality {
    type Answer = Rated;
    type Scored = RatedAll;
    const NAME: &'static str = "quality";

    fn groups(&self) -> String {
        "none: intervals are not told for quality".into()
    }

    fn units(&self) -> Vec<&Unit> {
        self.0.all.iter().map(|presentation| &presentation.unit).collect()
    }

    fn answer(&self, oz: &Oz, unit: &Unit) -> Result<Rated> {
        let outcome = oz.analyze(runner::media(oz, unit)?, &AnalysisRequest::default())?;
        let best = outcome.best_shot.ok_or_else(|| oz::Error::NoFace { what: unit.name.clone() })?;
        let report = &best.subject.quality;
        Ok(Rated {
            unified: report.unified,
            components: report.components.iter().map(|c| (c.element, c.value)).collect(),
            features: outcome.features.as_ref().map(StoredFeatures::from),
        })
    }

    fn score(&self, loaded: &Loaded, outcomes: &[&Outcome<Rated>]) -> Result<RatedAll> {
        let plain = |outcome: &&Outcome<Rated>| match outcome {
            Outcome::Answer(rated) => Outcome::Answer((rated.unified, rated.components.clone())),
            Outcome::Failure(code) => Outcome::Failure(code.clone()),
        };
        let all = outcomes.iter().map(plain).collect();
        Ok(RatedAll { all, mated: self.mated(outcomes)?, scale: Scale::of(&loaded.oz) })
    }

    fn columns(&self) -> Vec<String> {
        let own = ["file", "label", "set", "identity", "quality"].into_iter().map(String::from);
        let elements = ELEMENTS.into_iter().map(name_of);
        own.chain(elements).chain(["failure".into()]).chain(self.0.extra_columns.clone()).collect()
    }

    fn rows(&self, scored: &RatedAll) -> Vec<Vec<String>> {
        self.0.all.iter().zip(&scored.all).map(|(presentation, outcome)| row(presentation, outcome)).collect()
    }

    fn evaluate(&self, about: &About, scored: &RatedAll, settings: &Settings) -> Result<Findings> {
        let mut findings = Findings::new(about.clone(), "quality");
        let rated = self.0.all.iter().zip(&scored.all).filter_map(|(presentation, outcome)| match outcome {
            Outcome::Answer((unified, _)) => Some((presentation, f64::from(*unified))),
            Outcome::Failure(_) => None,
        });
        let rated: Vec<_> = rated.collect();
        findings.counts.insert("files", self.0.all.len());
        findings.counts.insert("rated", rated.len());
        findings.counts.insert("mated_comparisons", scored.mated.len());
        findings.failures = tally(scored.all.iter().filter_map(|outcome| match outcome {
            Outcome::Failure(code) => Some(code.as_str()),
            Outcome::Answer(_) => None,
        }));
        findings.metrics = spread(rated.iter().map(|(_, quality)| *quality).collect());
        let failed = self.0.all.len() - rated.len();
        findings.metrics.add("fta", rates::failure_to_acquire_rate(failed, self.0.all.len())?, None);
        add_groups(&mut findings, &rated)?;
        add_discard(&mut findings, scored, settings)?;
        let worst = rated.iter().map(|(presentation, quality)| (*quality, presentation.unit.name.clone()));
        findings.worst_of("lowest quality", worst.collect(), false);
        Ok(findings)
    }
}

/// The components, in the order of columns.
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

/// The name of an element as in other documents.
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

/// Mean and percentiles of values, when there are any.
fn spread(mut values: Vec<f64>) -> Metrics {
    let mut metrics = Metrics::default();
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return metrics };
    metrics.add("mean", values.iter().sum::<f64>() / values.len() as f64, None);
    for (name, share) in [("p5", 0.05), ("median", 0.5), ("p95", 0.95)] {
        metrics.add(name, values[(share * last as f64).round() as usize], None);
    }
    metrics
}

/// Spread and histogram of each label, and spread of each set.
fn add_groups(findings: &mut Findings, rated: &[(&Presentation, f64)]) -> Result<()> {
    let of = |key: fn(&Presentation) -> &str, name: &str| -> Vec<f64> {
        rated.iter().filter(|(p, _)| key(p) == name).map(|(_, quality)| *quality).collect()
    };
    for name in rated.iter().map(|(p, _)| label(p)).collect::<BTreeSet<_>>() {
        let values = of(|p| label(p), name);
        let shown = if name.is_empty() { "all" } else { name };
        findings.histograms.insert(shown.into(), Histogram::new(values.iter().copied(), 0.0, 100.0, 50)?);
        if !name.is_empty() {
            let counts = BTreeMap::from([("files", values.len())]);
            findings.species.insert(name.into(), GroupReport { counts, metrics: spread(values) });
        }
    }
    for name in
        rated.iter().map(|(p, _)| p.set.as_str()).filter(|set| !set.is_empty()).collect::<BTreeSet<_>>()
    {
        let values = of(|p| &p.set, name);
        let counts = BTreeMap::from([("files", values.len())]);
        findings.sets.insert(name.into(), GroupReport { counts, metrics: spread(values) });
    }
    Ok(())
}

/// FNMR after discarding, at the threshold for a match, when there are identities with several pictures.
fn add_discard(findings: &mut Findings, scored: &RatedAll, settings: &Settings) -> Result<()> {
    if scored.mated.is_empty() {
        findings
            .notes
            .push("no identity has two pictures, so quality is not held against comparisons".into());
        return Ok(());
    }
    let score = settings.threshold.unwrap_or(exact(oz::Threshold::default().matching()));
    let rated = scored.mated.iter().map(|&(quality, score)| RatedComparison { quality, score }).collect();
    findings.discard = error_versus_discard(rated, scored.scale.similarity(score), &DISCARDED)?;
    for point in &findings.discard {
        let percent = (point.discarded * 100.0).round();
        findings.metrics.add(format!("fnmr_without_worst_{percent}"), point.fnmr, None);
    }
    findings.metrics.add("rank_correlation", rank_correlation(&scored.mated), None);
    findings
        .notes
        .push(format!("FNMR at score {score}; quality of a comparison is that of its worse picture"));
    Ok(())
}

/// Spearman's correlation of the ranks of both numbers, -1..=1; 0 where one of them never changes.
fn rank_correlation(pairs: &[(f64, f64)]) -> f64 {
    let (a, b) = (ranks(pairs.iter().map(|pair| pair.0)), ranks(pairs.iter().map(|pair| pair.1)));
    let mean = (pairs.len() as f64 + 1.0) / 2.0;
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let scale = (sum(&a, &a) * sum(&b, &b)).sqrt();
    if scale > 0.0 { sum(&a, &b) / scale } else { 0.0 }
}

/// Ranks from 1; equals share the mean of theirs.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<(usize, f64)> = values.enumerate().collect();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![0.0; sorted.len()];
    let mut before = 0;
    for equals in sorted.chunk_by(|a, b| a.1 == b.1) {
        let shared = before as f64 + (equals.len() as f64 + 1.0) / 2.0;
        equals.iter().for_each(|(place, _)| ranks[*place] = shared);
        before += equals.len();
    }
    ranks
}

impl Quality {
    /// Every pair of pictures of one person: quality of the worse one, and similarity.
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
        for pictures in identities.values() {
            for (at, (quality, vector)) in pictures.iter().enumerate() {
                for (other_quality, other) in &pictures[at + 1..] {
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
    fn ranks_correlate_as_computed_by_hand() {
        assert!((rank_correlation(&[(1.0, 10.0), (2.0, 20.0), (3.0, 90.0)]) - 1.0).abs() < 1e-12);
        assert!((rank_correlation(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]) + 1.0).abs() < 1e-12);
        assert_eq!(rank_correlation(&[(1.0, 3.0), (1.0, 2.0)]), 0.0);
        assert_eq!(ranks([5.0, 1.0, 5.0, 0.0].into_iter()), [3.5, 2.0, 3.5, 1.0]);
    }

    #[test]
    fn spread_is_told_for_any_number_of_values() {
        assert_eq!(spread(vec![]), Metrics::default());
        assert_eq!(spread(vec![7.0]).of("p5").unwrap().value, 7.0);
        assert_eq!(spread((0..=100).map(f64::from).collect()).of("p95").unwrap().value, 95.0);
    }
}
