//! Error rates of presentation attack detection, by species of attack instrument.

use std::collections::BTreeMap;

use super::{CurvePoint, EqualErrorRate, ErrorCurve, Trial, Trials, checked_rate};
use crate::{Error, Result};

/// One presentation that was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct PadTrial {
    /// The score; higher is more bona fide. Any finite number.
    pub score: f64,
    /// Species of the attack instrument; none for a bona fide presentation.
    pub species: Option<String>,
    /// Capture set: what is kept together when presentations are drawn again.
    pub group: usize,
}

/// Presentations of both classes.
#[derive(Debug, Clone, PartialEq)]
pub struct PadTrials {
    pooled: Trials,
    species: BTreeMap<String, Trials>,
}

/// Error rates at every threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct PadCurves {
    pooled: ErrorCurve,
    species: BTreeMap<String, ErrorCurve>,
}

impl PadTrials {
    /// Takes presentations in any order.
    ///
    /// # Errors
    /// `input.invalid_value` when a score is not finite or a class has no presentation.
    pub fn new(trials: &[PadTrial]) -> Result<Self> {
        let plain = |trial: &PadTrial| Trial {
            score: trial.score,
            target: trial.species.is_none(),
            groups: [trial.group; 2],
        };
        let against = |species: &String| {
            let these = trials.iter().filter(|t| t.species.is_none() || t.species.as_ref() == Some(species));
            Ok((species.clone(), Trials::new(these.map(plain).collect())?))
        };
        Ok(Self {
            pooled: Trials::new(trials.iter().map(plain).collect())?,
            species: trials.iter().filter_map(|t| t.species.as_ref()).map(against).collect::<Result<_>>()?,
        })
    }

    /// Presentations of both classes, whatever the species.
    #[must_use]
    pub fn pooled(&self) -> &Trials {
        &self.pooled
    }

    /// Presentations of each species, and all bona fide ones with each.
    #[must_use]
    pub fn species(&self) -> &BTreeMap<String, Trials> {
        &self.species
    }

    /// The error rates at every threshold.
    #[must_use]
    pub fn curves(&self) -> PadCurves {
        let curves = self.species.iter().map(|(name, trials)| (name.clone(), trials.curve()));
        PadCurves { pooled: self.pooled.curve(), species: curves.collect() }
    }

    /// The error rates when group `g` was drawn `drawn[g]` times; absent when a class was not drawn. A species that was
    /// not drawn has no rate.
    #[must_use]
    pub fn resampled(&self, drawn: &[u32]) -> Option<PadCurves> {
        let curves = self.species.iter().map(|(name, trials)| Some((name.clone(), trials.resampled(drawn)?)));
        Some(PadCurves { pooled: self.pooled.resampled(drawn)?, species: curves.flatten().collect() })
    }
}

impl PadCurves {
    /// The rates of all species together.
    #[must_use]
    pub fn pooled(&self) -> &ErrorCurve {
        &self.pooled
    }

    /// Attack presentation classification error rate of one species: the share of its presentations at or above the
    /// threshold, 0..=1.
    ///
    /// # Errors
    /// `input.invalid_value` when no presentation is of this species.
    pub fn apcer(&self, species: &str, threshold: f64) -> Result<f64> {
        let unknown =
            || Error::InvalidValue { name: "species", detail: format!("no attack is of `{species}`") };
        Ok(self.species.get(species).ok_or_else(unknown)?.fmr(threshold))
    }

    /// The species with the highest APCER at the threshold, and that rate: what the standard reports, since an attacker
    /// takes what works. Of equals the first by name.
    #[must_use]
    pub fn worst_apcer(&self, threshold: f64) -> (&str, f64) {
        let rates = self.species.iter().map(|(name, curve)| (name.as_str(), curve.fmr(threshold)));
        rates.fold(("", f64::NEG_INFINITY), |worst, next| if next.1 > worst.1 { next } else { worst })
    }

    /// Bona fide presentation classification error rate: the share of bona fide presentations below the threshold, 0..=1.
    #[must_use]
    pub fn bpcer(&self, threshold: f64) -> f64 {
        self.pooled.fnmr(threshold)
    }

    /// Mean of the worst species' APCER and BPCER, 0..=1. No longer in the standard, and hides which side fails, but
    /// often quoted.
    #[must_use]
    pub fn acer(&self, threshold: f64) -> f64 {
        f64::midpoint(self.worst_apcer(threshold).1, self.bpcer(threshold))
    }

    /// The lowest threshold at which no species' APCER is above `apcer`, with that worst APCER as `fmr` and BPCER as
    /// `fnmr`: BPCER20 is this at 1/20.
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

    /// The highest threshold at which BPCER is no higher than `bpcer`, with the worst APCER as `fmr`.
    ///
    /// # Errors
    /// `input.invalid_value` unless `bpcer` is in 0..=1.
    pub fn at_bpcer(&self, bpcer: f64) -> Result<CurvePoint> {
        let point = self.pooled.at_fnmr(checked_rate("BPCER", bpcer)?)?;
        Ok(CurvePoint { fmr: self.worst_apcer(point.threshold).1, ..point })
    }

    /// Equal error rate of all species pooled: where APCER over all attacks equals BPCER.
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
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn rates_are_those_counted_by_hand() {
        let toy = toy();
        near(toy.apcer("print", 0.5).unwrap(), 0.25);
        near(toy.apcer("screen", 0.5).unwrap(), 0.6);
        assert_eq!(toy.worst_apcer(0.5).0, "screen");
        near(toy.bpcer(0.5), 0.2);
        near(toy.acer(0.5), 0.4);
        near(toy.pooled().fmr(0.5), 4.0 / 9.0);
    }

    #[test]
    fn a_fixed_apcer_binds_the_worst_species() {
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
    fn a_species_that_was_not_drawn_has_no_rate() {
        let mut all = trials(&[0.9], &[("print", &[0.1]), ("screen", &[0.2])]);
        all[2].group = 1;
        let curves = PadTrials::new(&all).unwrap().resampled(&[1, 0]).unwrap();
        assert!(curves.apcer("print", 0.5).is_ok() && curves.apcer("screen", 0.5).is_err());
    }
}
