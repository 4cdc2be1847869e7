//! Open-set identification: one-to-many searches.

use std::collections::{BTreeMap, HashMap};

use oz::core::evaluation::{ErrorCurve, MatedSearch, Searches, Trial, Trials, rates};
use oz::{FeatureVector, Oz};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::document::{Metrics, PointReport, VariantReport, count_by_code, not_computable};
use crate::kind::{Kind, Procedure, Settings, StoredFeatures, cell, exact};
use crate::manifest::{Gallery, Member, Unit};
use crate::variant::{About, Loaded};
use crate::verify::{FEWEST_ERRORS, ScoreScale, add_rates, features, vectors};
use crate::work::Outcome;

/// False positive identification rates of the reported operating points.
const RATES: [f64; 3] = [1e-1, 1e-2, 1e-3];

/// Open-set identification (one-to-many search): FPIR, FNIR, rank-1 rate.
pub struct Identify(pub Gallery);

/// Outcomes of all searches and the calibration of the score.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Searched {
    /// One outcome for each member of the manifest; `None` for references.
    searches: Vec<Option<SearchOutcome>>,
    /// Number of identities with at least one usable reference.
    gallery: usize,
    scale: ScoreScale,
    /// Pairs of FPIR, from [`RATES`], and the similarity threshold at which the calibration expects it.
    expected: Vec<(f64, f64)>,
    /// Error codes of the files without features.
    failures: Vec<String>,
}

/// Outcome of the search of one probe.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct SearchOutcome {
    /// Best similarity to the mated identity; `None` if it has no usable reference.
    mate: Option<f64>,
    /// Rank of the mated identity, from 1.
    rank: Option<usize>,
    /// Most similar identity.
    top: String,
    top_similarity: Option<f64>,
    /// Error code if the probe has no features, or empty.
    failure: String,
}

impl Kind for Identify {}

impl Procedure for Identify {
    type Answer = StoredFeatures;
    type Scored = Searched;
    const NAME: &'static str = "identify";

    fn groups(&self) -> String {
        "identities of the probes, with a fixed gallery".into()
    }

    fn units(&self) -> Vec<&Unit> {
        self.0.members.iter().map(|member| &member.unit).collect()
    }

    fn answer(&self, oz: &Oz, unit: &Unit) -> Result<StoredFeatures> {
        features(oz, unit)
    }

    fn score(&self, loaded: &Loaded, outcomes: &[&Outcome<StoredFeatures>]) -> Result<Searched> {
        let vectors = vectors(outcomes)?;
        let mut gallery: BTreeMap<&str, Vec<&FeatureVector>> = BTreeMap::new();
        for (member, vector) in self.0.members.iter().zip(&vectors) {
            if let (true, Ok(vector)) = (member.enrolled, vector) {
                gallery.entry(&member.identity).or_default().push(vector);
            }
        }

        let mut searches = Vec::with_capacity(vectors.len());
        for (member, vector) in self.0.members.iter().zip(&vectors) {
            searches.push(match vector {
                _ if member.enrolled => None,
                Ok(probe) => Some(search(&gallery, &member.identity, probe)?),
                Err(code) => Some(SearchOutcome { failure: code.clone(), ..SearchOutcome::default() }),
            });
        }

        Ok(Searched {
            searches,
            gallery: gallery.len(),
            scale: ScoreScale::of(&loaded.oz),
            expected: expected(&loaded.oz, gallery.len())?,
            failures: vectors.iter().filter_map(|vector| vector.as_ref().err().cloned()).collect(),
        })
    }

    fn columns(&self) -> Vec<String> {
        let own =
            ["file", "identity", "mate_similarity", "rank", "top_identity", "top_similarity", "failure"];
        own.into_iter().map(String::from).chain(self.0.extra_columns.clone()).collect()
    }

    fn rows(&self, scored: &Searched) -> Vec<Vec<String>> {
        let row = |(member, search): (&Member, &SearchOutcome)| {
            let own = [
                member.unit.name.clone(),
                member.identity.clone(),
                cell(search.mate),
                search.rank.map_or(String::new(), |rank| rank.to_string()),
                search.top.clone(),
                cell(search.top_similarity),
                search.failure.clone(),
            ];
            own.into_iter().chain(member.extra.clone()).collect()
        };
        self.probes(scored).map(row).collect()
    }

    fn evaluate(&self, about: &About, scored: &Searched, settings: &Settings) -> Result<VariantReport> {
        let mut report = VariantReport::new(about.clone(), "similarity");
        let searches =
            self.searches(scored).map_err(|error| not_computable("identification rates", &error.into()))?;
        report.counts = self.counts(scored, &searches);
        report.failures = count_by_code(scored.failures.iter().map(String::as_str));
        self.add_ranks(&mut report, scored, &searches, settings)?;

        match self.trials(scored) {
            Ok(trials) => {
                add_open_set(&mut report, &trials, scored, settings)?;
                report.add_distributions(&trials, "mated", "non-mated")?;
                if searches.mated().iter().any(|search| search.rank > 1) {
                    let note = "mated searches without the mated identity at rank 1 are plotted at -2, below \
                                every threshold";
                    report.notes.push(note.into());
                }
            }
            Err(_) => report.notes.push(
                "FPIR requires non-mated probes and FNIR requires mated probes; one of the two is missing"
                    .into(),
            ),
        }

        let probes = self.probes(scored).count();
        let failed = self.probes(scored).filter(|(_, search)| !search.failure.is_empty()).count();
        report.metrics.add("fta", rates::failure_to_acquire_rate(failed, probes)?, None);
        self.add_worst(&mut report, scored);
        Ok(report)
    }
}

/// Ranks the identities of the gallery by their best similarity to the probe.
fn search(
    gallery: &BTreeMap<&str, Vec<&FeatureVector>>,
    identity: &str,
    probe: &FeatureVector,
) -> Result<SearchOutcome> {
    let mut best: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, references) in gallery {
        let mut highest = f64::NEG_INFINITY;
        for reference in references {
            highest = highest.max(exact(probe.similarity(reference)?));
        }
        best.insert(name, highest);
    }

    let mate = best.get(identity).copied();
    let others = best.iter().filter(|(name, _)| **name != identity).map(|(_, score)| *score);
    // Of equal similarities the first identity by name is reported.
    let top = best.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0)));

    Ok(SearchOutcome {
        mate,
        rank: mate.map(|mate| MatedSearch::new(mate, others).rank),
        top: top.map_or(String::new(), |(name, _)| (*name).to_owned()),
        top_similarity: top.map(|(_, score)| *score),
        failure: String::new(),
    })
}

/// FPIR and expected threshold for each of [`RATES`]; empty without an extractor or a gallery.
fn expected(oz: &Oz, gallery: usize) -> Result<Vec<(f64, f64)>> {
    let Some(extractor) = oz.pipeline().stages().extractor.as_ref().filter(|_| gallery > 0) else {
        return Ok(Vec::new());
    };
    let threshold = |fpir| Ok((fpir, exact(extractor.calibration().similarity_for_search(fpir, gallery)?)));
    RATES.into_iter().map(threshold).collect()
}

impl Identify {
    /// Probes and the outcomes of their searches.
    fn probes<'a>(&'a self, scored: &'a Searched) -> impl Iterator<Item = (&'a Member, &'a SearchOutcome)> {
        let pairs = self.0.members.iter().zip(&scored.searches);
        pairs.filter_map(|(member, search)| Some((member, search.as_ref()?)))
    }

    /// Whether the manifest has a reference of the identity, usable or not.
    fn is_enrolled(&self, identity: &str) -> bool {
        self.0.identities().contains(identity)
    }

    fn searches(&self, scored: &Searched) -> oz::core::Result<Searches> {
        let mated = self
            .probes(scored)
            .filter_map(|(_, search)| Some(MatedSearch { score: search.mate?, rank: search.rank? }));
        let enrolled = self.0.identities();
        let non_mated =
            self.probes(scored).filter(|(member, _)| !enrolled.contains(member.identity.as_str()));
        let tops = non_mated.filter_map(|(_, search)| search.top_similarity);
        Searches::new(scored.gallery, mated.collect(), tops.collect())
    }

    /// Searches as trials whose error curve is FPIR and FNIR at rank 1.
    ///
    /// A mated search with another identity at rank 1 is a false negative at every threshold, so it gets a
    /// score below all similarities. Probes whose references are unusable are left out.
    fn trials(&self, scored: &Searched) -> oz::core::Result<Trials> {
        const BELOW_ALL: f64 = -2.0;
        let numbers: HashMap<&str, usize> = {
            let mut names: Vec<&str> =
                self.probes(scored).map(|(member, _)| member.identity.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.into_iter().enumerate().map(|(number, name)| (name, number)).collect()
        };

        let trial = |(member, search): (&Member, &SearchOutcome)| {
            let groups = [numbers[member.identity.as_str()]; 2];
            match (search.mate, search.rank) {
                (Some(score), Some(1)) => Some(Trial { score, target: true, groups }),
                (Some(_), _) => Some(Trial { score: BELOW_ALL, target: true, groups }),
                (None, _) if self.is_enrolled(&member.identity) => None,
                (None, _) => Some(Trial { score: search.top_similarity?, target: false, groups }),
            }
        };
        Trials::new(self.probes(scored).filter_map(trial).collect())
    }

    fn counts(&self, scored: &Searched, searches: &Searches) -> BTreeMap<&'static str, usize> {
        BTreeMap::from([
            ("files", self.0.members.len()),
            ("files_failed", scored.failures.len()),
            ("gallery", scored.gallery),
            ("gallery_not_enrolled", self.0.identities().len() - scored.gallery),
            ("mated_searches", searches.mated().len()),
            ("non_mated_searches", searches.non_mated().len()),
        ])
    }

    /// Adds the identification rates at ranks 1 and 5, with intervals over the identities of the probes.
    fn add_ranks(
        &self,
        report: &mut VariantReport,
        scored: &Searched,
        searches: &Searches,
        settings: &Settings,
    ) -> Result<()> {
        if searches.mated().is_empty() {
            return Ok(());
        }

        let mut by_identity: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (member, search) in self.probes(scored) {
            if let Some(rank) = search.rank {
                by_identity.entry(&member.identity).or_default().push(rank);
            }
        }
        let groups: Vec<&Vec<usize>> = by_identity.values().collect();

        for rank in [1, 5] {
            let share = |drawn: &[u32]| {
                let (mut found, mut all) = (0, 0);
                for (ranks, times) in groups.iter().zip(drawn) {
                    found += ranks.iter().filter(|at| **at <= rank).count() * *times as usize;
                    all += ranks.len() * *times as usize;
                }
                rates::error_rate(found, all).ok()
            };
            let interval = settings.bootstrap.interval(groups.len(), &mut settings.random(), share)?;
            report.metrics.add(format!("rank_{rank}"), searches.identification_rate(rank)?, interval);
        }
        Ok(())
    }

    fn add_worst(&self, report: &mut VariantReport, scored: &Searched) {
        let named = |(member, search): (&Member, &SearchOutcome), score: f64| {
            (score, format!("{} ({}) · {}", member.unit.name, member.identity, search.top))
        };

        let non_mated = self.probes(scored).filter(|(member, _)| !self.is_enrolled(&member.identity));
        let non_mated = non_mated.filter_map(|one| Some(named(one, one.1.top_similarity?))).collect();
        report.add_worst("stranger most alike of somebody enrolled", non_mated, true);

        let missed = self.probes(scored).filter(|(_, search)| search.rank.is_some_and(|rank| rank > 1));
        let missed = missed.filter_map(|one| Some(named(one, one.1.mate?))).collect();
        report.add_worst("somebody else came first", missed, false);
    }
}

/// Adds FPIR and FNIR at rank 1 at the decision threshold, at the thresholds of [`RATES`], and at the
/// thresholds at which the calibration expects those rates.
fn add_open_set(
    report: &mut VariantReport,
    trials: &Trials,
    scored: &Searched,
    settings: &Settings,
) -> Result<()> {
    let non_mated = trials.count(false) as f64;
    let mut add = |name: String, threshold: f64, note: Option<String>| -> Result<Metrics> {
        let mut metrics = Metrics::default();
        let rates = |curve: &ErrorCurve| [curve.fmr(threshold), curve.fnmr(threshold)];
        add_rates(&mut metrics, &["fpir", "fnir"], trials, settings, rates)?;
        report.operating_points.push(PointReport { name, threshold, metrics: metrics.clone(), note });
        Ok(metrics)
    };

    let score = settings.threshold.unwrap_or(exact(oz::Threshold::default().matching()));
    let decision = add("decision".into(), scored.scale.similarity(score), None)?;
    for fpir in RATES.into_iter().filter(|fpir| fpir * non_mated >= 1.0) {
        let errors = fpir * non_mated;
        let note = (errors < FEWEST_ERRORS)
            .then(|| format!("based on {errors:.0} non-mated searches above the threshold"));
        add(format!("fpir={fpir:e}"), trials.curve().at_fmr(fpir)?.threshold, note)?;
    }
    for &(fpir, threshold) in &scored.expected {
        let note = format!("expected FPIR {fpir:e} in a gallery of {} identities", scored.gallery);
        add(format!("expected fpir={fpir:e}"), threshold, Some(note))?;
    }

    for (name, estimate) in decision.iter() {
        report.metrics.add(name, estimate.value, estimate.interval);
    }
    Ok(())
}
