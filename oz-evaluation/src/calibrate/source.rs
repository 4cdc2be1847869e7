//! Where the scores come from: a file of scores, or a manifest whose files the models are asked about.

use std::path::Path;

use crate::Result;
use oz::core::evaluation::{PadTrial, PadTrials, Trial, Trials};
use oz::{Config, FeatureVector};

use super::scores;
use crate::kind::{Kind, StoredFeatures, exact};
use crate::manifest::{Gallery, Member, Pairs, Presentations, Reading, Unit};
use crate::pad::{Pad, PadScoreKind};
use crate::runner::{self, Effort};
use crate::sheet::Sheet;
use crate::variant::{Loaded, variants};
use crate::verify::{self, Verify};
use crate::work::Outcome;

/// What a calibration is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Name of the feature space, or of the PAD models.
    pub model: String,
    /// Name of the engine.
    pub engine: String,
}

/// An input and how to read it.
pub struct Source<'a> {
    pub path: &'a Path,
    pub reading: Reading,
    pub effort: Effort,
    pub only: Option<&'a str>,
    pub config: &'a Config,
    pub all_pairs: bool,
}

impl Source<'_> {
    /// Scores of comparisons.
    pub fn comparisons(&self) -> Result<Vec<(Subject, Trials)>> {
        if self.all_pairs || self.lists_people()? {
            return self.every_pair();
        }
        if let Some(sheet) = self.scores()? {
            return scores::comparisons(&sheet, self.only);
        }
        let verify = Verify(Pairs::read(self.path, &self.reading)?);
        let loaded = self.load()?;
        let compared = verify.score(&loaded, &self.outcomes(&verify, &loaded)?.iter().collect::<Vec<_>>())?;
        let trials = verify.0.all.iter().zip(&compared.pairs).filter_map(|(pair, compared)| {
            Some(Trial { score: compared.similarity?, target: pair.same, groups: pair.identities })
        });
        Ok(vec![(subject(&loaded.about.features, &loaded), Trials::new(trials.collect())?)])
    }

    /// Scores of presentations.
    pub fn presentations(&self, score: PadScoreKind) -> Result<Vec<(Subject, PadTrials)>> {
        if let Some(sheet) = self.scores()? {
            return scores::presentations(&sheet, self.only, score);
        }
        let pad = Pad { presentations: Presentations::read(self.path, &self.reading, true)?, score };
        let loaded = self.load()?;
        let judged = pad.score(&loaded, &self.outcomes(&pad, &loaded)?.iter().collect::<Vec<_>>())?;
        let trials: Vec<PadTrial> = pad
            .judged(&judged)
            .into_iter()
            .map(|(presentation, score)| {
                let species = (presentation.bona_fide == Some(false)).then(|| presentation.species.clone());
                PadTrial { score, species, group: 0 }
            })
            .collect();
        Ok(vec![(subject(&score.model(&loaded.about), &loaded), PadTrials::new(&trials)?)])
    }

    /// Similarities of every two files: those of one person against all others.
    fn every_pair(&self) -> Result<Vec<(Subject, Trials)>> {
        let people = Gallery::of_identities(self.path, &self.reading)?;
        let loaded = self.load()?;
        let units: Vec<&Unit> = people.members.iter().map(|member| &member.unit).collect();
        let outcomes = runner::answers(&loaded, &units, self.effort, verify::features)?;
        let vectors = verify::vectors(&outcomes.iter().collect::<Vec<&Outcome<StoredFeatures>>>())?;
        let found: Vec<(&Member, &FeatureVector)> =
            people.members.iter().zip(&vectors).filter_map(|(m, v)| Some((m, v.as_ref().ok()?))).collect();
        let mut trials = Vec::with_capacity(found.len() * found.len().saturating_sub(1) / 2);
        for (at, (member, vector)) in found.iter().enumerate() {
            for (other, other_vector) in &found[at + 1..] {
                let score = exact(vector.similarity(other_vector)?);
                trials.push(Trial { score, target: member.identity == other.identity, groups: [0, 0] });
            }
        }
        Ok(vec![(subject(&loaded.about.features, &loaded), Trials::new(trials)?)])
    }

    fn outcomes<K: Kind>(&self, kind: &K, loaded: &Loaded) -> Result<Vec<Outcome<K::Answer>>> {
        runner::answers(loaded, &kind.units(), self.effort, |oz, unit| kind.answer(oz, unit))
    }

    fn load(&self) -> Result<Loaded> {
        let variants = variants(self.config, &[], &[])?;
        variants.first().expect("without a choice there is one variant").load()
    }

    /// Whether the input lists files and people, as the manifest of searches does, rather than pairs or scores.
    fn lists_people(&self) -> Result<bool> {
        if self.is_text() {
            return Ok(false);
        }
        let sheet = Sheet::read(self.path)?;
        let has = |name| sheet.column(&[name]).is_some();
        Ok(has("file") && has("role") && !has("kind"))
    }

    /// LFW's list of pairs is no table.
    fn is_text(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"))
    }

    /// The input as a file of scores, if it is one.
    fn scores(&self) -> Result<Option<Sheet>> {
        if self.is_text() {
            return Ok(None);
        }
        let sheet = Sheet::read(self.path)?;
        let is_scores = ["kind", "variant", "model"].iter().all(|name| sheet.column(&[name]).is_some());
        if is_scores { sheet.filter(&self.reading.filters).map(Some) } else { Ok(None) }
    }
}

fn subject(model: &str, loaded: &Loaded) -> Subject {
    Subject { model: model.into(), engine: loaded.about.engine.clone() }
}
