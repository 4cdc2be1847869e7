//! Sources of labelled scores: a file of scores, or a manifest whose files are processed.

use std::path::Path;

use oz::core::evaluation::{PadTrial, PadTrials, Trial, Trials};
use oz::{Config, FeatureVector};

use super::scores;
use crate::Result;
use crate::kind::{Procedure, StoredFeatures, exact};
use crate::manifest::{Gallery, Member, Pairs, Presentations, Reading, Unit};
use crate::pad::{Pad, PadScoreKind};
use crate::runner::{self, Effort};
use crate::sheet::Sheet;
use crate::variant::{Loaded, variants};
use crate::verify::{self, Verify};
use crate::work::Outcome;

/// Model and engine that a calibration applies to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Name of the feature space, or of the PAD models.
    pub model: String,
    /// Name of the engine.
    pub engine: String,
}

/// Input of a calibration and options of reading it.
///
/// The format is detected from the columns: `scores.csv` of an evaluation, or a manifest whose files are
/// processed with the models of `config`.
#[derive(Debug)]
pub struct Source<'a> {
    /// Path of the scores or of the manifest.
    pub path: &'a Path,
    /// Options of reading the manifest; the filters also apply to scores.
    pub reading: Reading,
    /// Parallelism of processing a manifest; [`Effort::limit`] is ignored.
    pub effort: Effort,
    /// Variant to use from a file of scores with several.
    pub only: Option<&'a str>,
    /// Engine and models for a manifest.
    pub config: &'a Config,
    /// Compare every two files of a manifest with the columns `file` and `identity`.
    pub all_pairs: bool,
}

impl<'a> Source<'a> {
    /// Source with default options.
    #[must_use]
    pub fn new(path: &'a Path, config: &'a Config) -> Self {
        Self {
            path,
            reading: Reading::default(),
            effort: Effort::default(),
            only: None,
            config,
            all_pairs: false,
        }
    }

    /// Similarities of comparisons, by model and engine: from scores, pairs, or all pairs of a manifest
    /// with identities.
    ///
    /// # Errors
    /// - `input.invalid_table`: invalid table, unknown variant, or several variants of one model.
    /// - `file.unreadable`; `input.invalid_value` when mated or non-mated comparisons are missing.
    /// - Errors of loading the models.
    pub fn comparisons(&self) -> Result<Vec<(Subject, Trials)>> {
        if self.all_pairs || self.lists_identities()? {
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

    /// PAD scores of presentations, by model and engine: from scores or a manifest.
    ///
    /// # Errors
    /// As [`Source::comparisons`], for bona fide and attack presentations; `config.invalid` when the score
    /// requires a PAD model and there is none.
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

    /// Similarities of every two files of a manifest with identities.
    fn every_pair(&self) -> Result<Vec<(Subject, Trials)>> {
        let gallery = Gallery::of_identities(self.path, &self.reading)?;
        let loaded = self.load()?;
        let units: Vec<&Unit> = gallery.members.iter().map(|member| &member.unit).collect();
        let outcomes = runner::outcomes(&loaded, &units, self.effort, verify::features)?;
        let vectors = verify::vectors(&outcomes.iter().collect::<Vec<&Outcome<StoredFeatures>>>())?;

        let found: Vec<(&Member, &FeatureVector)> =
            gallery.members.iter().zip(&vectors).filter_map(|(m, v)| Some((m, v.as_ref().ok()?))).collect();
        let mut trials = Vec::with_capacity(found.len() * found.len().saturating_sub(1) / 2);
        for (at, (member, vector)) in found.iter().enumerate() {
            for (other, other_vector) in &found[at + 1..] {
                let score = exact(vector.similarity(other_vector)?);
                trials.push(Trial { score, target: member.identity == other.identity, groups: [0, 0] });
            }
        }
        Ok(vec![(subject(&loaded.about.features, &loaded), Trials::new(trials)?)])
    }

    fn outcomes<K: Procedure>(&self, kind: &K, loaded: &Loaded) -> Result<Vec<Outcome<K::Answer>>> {
        runner::outcomes(loaded, &kind.units(), self.effort, |oz, unit| kind.answer(oz, unit))
    }

    fn load(&self) -> Result<Loaded> {
        let variants = variants(self.config, &[], &[])?;
        variants.first().expect("two empty lists give one variant").load()
    }

    /// Whether the input is a manifest of references and probes, rather than of pairs or a file of scores.
    fn lists_identities(&self) -> Result<bool> {
        if self.is_text() {
            return Ok(false);
        }
        let sheet = Sheet::read(self.path)?;
        let has = |name| sheet.column(&[name]).is_some();
        Ok(has("file") && has("role") && !has("kind"))
    }

    /// Whether the input is a list of pairs in the format of LFW, rather than a CSV table.
    fn is_text(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"))
    }

    /// Filtered rows of a file of scores; `None` if the input is a manifest.
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
