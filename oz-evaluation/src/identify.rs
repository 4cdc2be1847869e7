//! `oz evaluate identify`: searches one to many in an open set.

use std::collections::{BTreeMap, HashMap};

use crate::Result;
use oz::core::evaluation::{MatedSearch, Searches, Trial, Trials, rates};
use oz::{FeatureVector, Oz};
use serde::{Deserialize, Serialize};

use crate::document::{Findings, Metrics, PointReport, cannot_tell, tally};
use crate::kind::{Kind, Settings, StoredFeatures, cell, exact};
use crate::manifest::{Gallery, Member, Unit};
use crate::variant::{About, Loaded};
use crate::verify::{FEWEST_ERRORS, Scale, add_rates, features, vectors};
use crate::work::Outcome;

/// False positive identification rates at which FNIR is told.
const RATES: [f64; 3] = [1e-1, 1e-2, 1e-3];

/// References and probes of known identity.
pub struct Identify(pub Gallery);

/// What became of all searches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Searched {
    /// One for each member; none for those that are enrolled.
    searches: Vec<Option<SearchOutcome>>,
    /// Identities with at least one reference that could be read.
    gallery: usize,
    scale: Scale,
    /// For each of [`RATES`] the similarity from which the calibration expects it.
    expected: Vec<(f64, f64)>,
    failures: Vec<String>,
}

/// What became of one probe.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct SearchOutcome {
    /// Best similarity with the right identity; none when it is not enrolled.
    mate: Option<f64>,
    /// Place of the right identity.
    rank: Option<usize>,
    /// The most similar identity, and how similar.
    top: String,
    top_similarity: Option<f64>,
    failure: String,
}

impl Kind for Identify {
    type Answer = StoredFeatures;
    type Scored = Searched;
    const NAME: &'static str = "identify";

    fn groups(&self) -> String {
        "identities of the probes; the gallery stays".into()
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
        let search = |(member, vector): (&Member, &std::result::Result<FeatureVector, String>)| match vector {
            _ if member.enrolled => Ok(None),
            Ok(probe) => search(&gallery, &member.identity, probe).map(Some),
            Err(code) => Ok(Some(SearchOutcome { failure: code.clone(), ..SearchOutcome::default() })),
        };
        Ok(Searched {
            searches: self.0.members.iter().zip(&vectors).map(search).collect::<Result<_>>()?,
            gallery: gallery.len(),
            scale: Scale::of(&loaded.oz),
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

    fn evaluate(&self, about: &About, scored: &Searched, settings: &Settings) -> Result<Findings> {
        let mut findings = Findings::new(about.clone(), "similarity");
        let searches =
            self.searches(scored).map_err(|error| cannot_tell("identification rates", &error.into()))?;
        findings.counts = self.counts(scored, &searches);
        findings.failures = tally(scored.failures.iter().map(String::as_str));
        self.add_ranks(&mut findings, scored, &searches, settings)?;
        match self.trials(scored) {
            Ok(trials) => {
                add_open_set(&mut findings, &trials, scored, settings)?;
                findings.plot(&trials, "mated", "non-mated")?;
                if searches.mated().iter().any(|search| search.rank > 1) {
                    let note = "searches that put somebody else first are drawn at -2, below every threshold";
                    findings.notes.push(note.into());
                }
            }
            Err(_) => findings.notes.push(
                "FPIR needs probes who are not enrolled, FNIR probes who are: one of them is missing".into(),
            ),
        }
        let probes = self.probes(scored).count();
        let failed = self.probes(scored).filter(|(_, search)| !search.failure.is_empty()).count();
        findings.metrics.add("fta", rates::failure_to_acquire_rate(failed, probes)?, None);
        self.add_worst(&mut findings, scored);
        Ok(findings)
    }
}

/// Places every identity of the gallery by its best similarity to the probe.
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
    let top = best.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0)));
    Ok(SearchOutcome {
        mate,
        rank: mate.map(|mate| MatedSearch::new(mate, others).rank),
        top: top.map_or(String::new(), |(name, _)| (*name).to_owned()),
        top_similarity: top.map(|(_, score)| *score),
        failure: String::new(),
    })
}

fn expected(oz: &Oz, gallery: usize) -> Result<Vec<(f64, f64)>> {
    let Some(extractor) = oz.pipeline().stages().extractor.as_ref().filter(|_| gallery > 0) else {
        return Ok(Vec::new());
    };
    let threshold = |fpir| Ok((fpir, exact(extractor.calibration().similarity_for_search(fpir, gallery)?)));
    RATES.into_iter().map(threshold).collect()
}

impl Identify {
    /// Probes with what became of them.
    fn probes<'a>(&'a self, scored: &'a Searched) -> impl Iterator<Item = (&'a Member, &'a SearchOutcome)> {
        let pairs = self.0.members.iter().zip(&scored.searches);
        pairs.filter_map(|(member, search)| Some((member, search.as_ref()?)))
    }

    /// Whether somebody is enrolled, whatever became of their references.
    fn is_enrolled(&self, identity: &str) -> bool {
        self.0.identities().contains(identity)
    }

    fn searches(&self, scored: &Searched) -> oz::core::Result<Searches> {
        let mated = self
            .probes(scored)
            .filter_map(|(_, search)| Some(MatedSearch { score: search.mate?, rank: search.rank? }));
        let enrolled = self.0.identities();
        let strangers =
            self.probes(scored).filter(|(member, _)| !enrolled.contains(member.identity.as_str()));
        let tops = strangers.filter_map(|(_, search)| search.top_similarity);
        Searches::new(scored.gallery, mated.collect(), tops.collect())
    }

    /// Searches as trials, so that a point of their curve is FPIR and FNIR at rank 1: a search that puts somebody else
    /// first never finds, so it scores below everything.
    fn trials(&self, scored: &Searched) -> oz::core::Result<Trials> {
        let numbers: HashMap<&str, usize> = {
            let mut names: Vec<&str> =
                self.probes(scored).map(|(member, _)| member.identity.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.into_iter().enumerate().map(|(number, name)| (name, number)).collect()
        };
        const NEVER: f64 = -2.0;
        let trial = |(member, search): (&Member, &SearchOutcome)| {
            let groups = [numbers[member.identity.as_str()]; 2];
            match (search.mate, search.rank) {
                (Some(score), Some(1)) => Some(Trial { score, target: true, groups }),
                (Some(_), _) => Some(Trial { score: NEVER, target: true, groups }),
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

    fn add_ranks(
        &self,
        findings: &mut Findings,
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
            findings.metrics.add(format!("rank_{rank}"), searches.identification_rate(rank)?, interval);
        }
        Ok(())
    }

    fn add_worst(&self, findings: &mut Findings, scored: &Searched) {
        let named = |(member, search): (&Member, &SearchOutcome), score: f64| {
            (score, format!("{} ({}) · {}", member.unit.name, member.identity, search.top))
        };
        let strangers = self.probes(scored).filter(|(member, _)| !self.is_enrolled(&member.identity));
        let strangers = strangers.filter_map(|one| Some(named(one, one.1.top_similarity?))).collect();
        let missed = self.probes(scored).filter(|(_, search)| search.rank.is_some_and(|rank| rank > 1));
        let missed = missed.filter_map(|one| Some(named(one, one.1.mate?))).collect();
        findings.worst_of("stranger most alike of somebody enrolled", strangers, true);
        findings.worst_of("somebody else came first", missed, false);
    }
}

/// FPIR and FNIR at rank 1: where FPIR has a wanted rate, where the calibration expects that rate, and at the decision.
fn add_open_set(
    findings: &mut Findings,
    trials: &Trials,
    scored: &Searched,
    settings: &Settings,
) -> Result<()> {
    let non_mated = trials.count(false) as f64;
    let mut add = |name: String, threshold: f64, note: Option<String>| -> Result<Metrics> {
        let mut metrics = Metrics::default();
        let rates = |curve: &oz::core::evaluation::ErrorCurve| [curve.fmr(threshold), curve.fnmr(threshold)];
        add_rates(&mut metrics, &["fpir", "fnir"], trials, settings, rates)?;
        findings.operating_points.push(PointReport { name, threshold, metrics: metrics.clone(), note });
        Ok(metrics)
    };
    let decision =
        scored.scale.similarity(settings.threshold.unwrap_or(exact(oz::Threshold::default().matching())));
    let decided = add("decision".into(), decision, None)?;
    for fpir in RATES.into_iter().filter(|fpir| fpir * non_mated >= 1.0) {
        let few = fpir * non_mated < FEWEST_ERRORS;
        let note =
            few.then(|| format!("rests on {:.0} non-mated searches above the threshold", fpir * non_mated));
        add(format!("fpir={fpir:e}"), trials.curve().at_fmr(fpir)?.threshold, note)?;
    }
    for &(fpir, threshold) in &scored.expected {
        let note = Some(format!("the calibration expects FPIR {fpir:e} among {} identities", scored.gallery));
        add(format!("expected fpir={fpir:e}"), threshold, note)?;
    }
    for (name, estimate) in decided.0 {
        findings.metrics.add(name, estimate.value, estimate.interval);
    }
    Ok(())
}
