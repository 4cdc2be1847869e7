//! Error rates of presentation attack detection, by PAI species (ISO/IEC 30107-3).

use std::collections::BTreeMap;

use super::{CurvePoint, EqualErrorRate, ErrorCurve, Trial, Trials, checked_rate};
use crate::{Error, Result};

/// One scored presentation.
#[derive(Debug, Clone, PartialEq)]
pub struct PadTrial {
    /// Score, any finite number; higher is more bona fide.
    pub score: f64,
    /// PAI species of an attack presentation; `None` for a bona fide presentation.
    pub species: Option<String>,
    /// Index of the capture set, which is resampled as a whole.
    pub group: usize,
}

/// Scored presentations of both classes.
#[derive(Debug, Clone, PartialEq)]
pub struct PadTrials {
    pooled: Trials,
    species: BTreeMap<String, Trials>,
}

/// PAD error rates at every threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct PadCurves {
    pooled: ErrorCurve,
    species: BTreeMap<String, ErrorCurve>,
}

impl PadTrials {
    /// Groups presentations, given in any order, by species.
    ///
    /// # Errors
    /// `input.invalid_value` when a score is not finite or a class has no presentation.
    pub fn new(trials: &[PadTrial]) -> Result<Self> {
        let labelled = |trial: &PadTrial| Trial {
            score: trial.score,
            target: trial.species.is_none(),
            groups: [trial.group; 2],
        };
        let pooled = Trials::new(trials.iter().map(labelled).collect())?;

        let mut species = BTreeMap::new();
        for name in trials.iter().filter_map(|trial| trial.species.as_ref()) {
            if !species.contains_key(name) {
                let members = trials.iter().filter(|t| t.species.as_ref().is_none_or(|other| other == name));
                species.insert(name.clone(), Trials::new(members.map(labelled).collect())?);
            }
        }

        Ok(Self { pooled, species })
    }

    /// All presentations, with the species pooled.
    #[must_use]
    pub fn pooled(&self) -> &Trials {
        &self.pooled
    }

    /// Presentations of each species, each together with all bona fide ones.
    #[must_use]
    pub fn species(&self) -> &BTreeMap<String, Trials> {
        &self.species
    }

    /// Error rates at every threshold.
    #[must_use]
    pub fn curves(&self) -> PadCurves {
        let curves = self.species.iter().map(|(name, trials)| (name.clone(), trials.curve()));
        PadCurves { pooled: self.pooled.curve(), species: curves.collect() }
    }

    /// Error rates of a bootstrap sample in which group `g` was drawn `drawn[g]` times; `None` when a class
    /// was not drawn. Species that were not drawn are missing.
    #[must_use]
    pub fn resampled(&self, drawn: &[u32]) -> Option<PadCurves> {
        let curves = self.species.iter().map(|(name, trials)| Some((name.clone(), trials.resampled(drawn)?)));
        Some(PadCurves { pooled: self.pooled.resampled(drawn)?, species: curves.flatten().collect() })
    }
}

impl PadCurves {
    /// Error rates of all species pooled.
    #[must_use]
    pub fn pooled(&self) -> &ErrorCurve {
        &self.pooled
    }

    /// Attack presentation classification error rate (APCER) of one species, 0..=1: share of its
    /// presentations at or above the threshold.
    ///
    /// # Errors
    /// `input.invalid_value` when there is no presentation of this species.
    pub fn apcer(&self, species: &str, threshold: f64) -> Result<f64> {
        let curve = self.species.get(species).ok_or_else(|| Error::InvalidValue {
            name: "species",
            detail: format!("no attack presentation has the species `{species}`"),
        })?;
        Ok(curve.fmr(threshold))
    }

    /// Species with the highest APCER at the threshold, and that rate, 0..=1. The standard reports this one,
    /// since attackers choose the most successful instrument. Of equal species the first by name.
    #[must_use]
    pub fn worst_apcer(&self, threshold: f64) -> (&str, f64) {
        let rates = self.species.iter().map(|(name, curve)| (name.as_str(), curve.fmr(threshold)));
        rates.fold(("", f64::NEG_INFINITY), |worst, next| if next.1 > worst.1 { next } else { worst })
    }

    /// Bona fide presentation classification error rate (BPCER), 0..=1: share of bona fide presentations
    /// below the threshold.
    #[must_use]
    pub fn bpcer(&self, threshold: f64) -> f64 {
        self.pooled.fnmr(threshold)
    }

    /// Average classification error rate (ACER), 0..=1: mean of BPCER and the APCER of the worst species.
    /// Often quoted, but no longer in the standard, as it hides which of both fails.
    #[must_use]
    pub fn acer(&self, threshold: f64) -> f64 {
        f64::midpoint(self.worst_apcer(threshold).1, self.bpcer(threshold))
    }

    /// Point with the lowest threshold at which the APCER of no species exceeds `apcer`. Its `fmr` is the
    /// worst APCER, its `fnmr` the BPCER; with an `apcer` of 1/20 the latter is BPCER20.
    ///
    /// # Errors
    /// `input.invalid_value` unless `apcer` is in 0..=1.
    ///
    /// Source: ISO/IEC 30107-3, BPCER at a fixed APCER.
    pub fn at_apcer(&self, apcer: f64) -> Result<CurvePoint> {
        let apcer = checked_rate("APCER", apcer)?;
        let thresholds = self.species.values().map(|curve| Ok(curve.at_fmr(apcer)?.threshold));
        let threshold = thresholds.collect::<Result<Vec<_>>>()?.into_iter().fold(f64::MIN, f64::max);
        Ok(CurvePoint { threshold, fmr: self.worst_apcer(threshold).1, fnmr: self.bpcer(threshold) })
    }

    /// Point with the highest threshold at which the BPCER does not exceed `bpcer`. Its `fmr` is the worst
    /// APCER.
    ///
    /// # Errors
    /// `input.invalid_value` unless `bpcer` is in 0..=1.
    pub fn at_bpcer(&self, bpcer: f64) -> Result<CurvePoint> {
        let point = self.pooled.at_fnmr(checked_rate("BPCER", bpcer)?)?;
        Ok(CurvePoint { fmr: self.worst_apcer(point.threshold).1, ..point })
    }

    /// Equal error rate of all species pooled: APCER over all attacks equals BPCER.
    #[must_use]
    pub fn eer(&self) -> EqualErrorRate {
        self.pooled.eer()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(bona_fide: &[f64], attacks: &[(&str, &[f64])]) -> Vec<PadTrial> {
        let of = |species: Option<&str>, scores: &[f64]| -> Vec<PadTrial> {
            let trial = |score: &f64| PadTrial { score: *score, species: species.map(Into::into), group: 0 };
            scores.iter().map(trial).collect()
        };
        let attacks = attacks.iter().flat_map(|(species, scores)| of(Some(*species), scores));
        of(None, bona_fide).into_iter().chain(attacks).collect()
    }

    fn toy() -> PadCurves {
        let (print, screen) = ([0.1, 0.2, 0.3, 0.6], [0.1, 0.5, 0.7, 0.8, 0.1]);
        let bona_fide = [0.9, 0.9, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4, 0.2];
        PadTrials::new(&trials(&bona_fide, &[("print", &print), ("screen", &screen)])).unwrap().curves()
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} differs from {b}");
    }

    #[test]
    fn rates_match_a_count_by_hand() {
        let toy = toy();
        near(toy.apcer("print", 0.5).unwrap(), 0.25);
        near(toy.apcer("screen", 0.5).unwrap(), 0.6);
        assert_eq!(toy.worst_apcer(0.5).0, "screen");
        near(toy.bpcer(0.5), 0.2);
        near(toy.acer(0.5), 0.4);
        near(toy.pooled().fmr(0.5), 4.0 / 9.0);
    }

    #[test]
    fn fixed_apcer_holds_for_the_worst_species() {
        let point = toy().at_apcer(0.2).unwrap();
        near(point.threshold, 0.75);
        near(point.fmr, 0.2);
        near(point.fnmr, 0.7 - 0.1);
        near(toy().at_bpcer(0.2).unwrap().threshold, 0.5);
        near(toy().at_bpcer(0.2).unwrap().fmr, 0.6);
    }

    #[test]
    fn unknown_species_and_empty_classes_are_refused() {
        assert_eq!(toy().apcer("mask", 0.5).unwrap_err().code(), "input.invalid_value");
        assert!(PadTrials::new(&trials(&[0.5], &[])).is_err());
        assert!(PadTrials::new(&trials(&[], &[("print", &[0.5])])).is_err());
        assert!(PadTrials::new(&trials(&[f64::NAN], &[("print", &[0.5])])).is_err());
    }

    #[test]
    fn species_that_was_not_drawn_has_no_rate() {
        let mut all = trials(&[0.9], &[("print", &[0.1]), ("screen", &[0.2])]);
        all[2].group = 1;
        let curves = PadTrials::new(&all).unwrap().resampled(&[1, 0]).unwrap();
        assert!(curves.apcer("print", 0.5).is_ok() && curves.apcer("screen", 0.5).is_err());
    }
}
