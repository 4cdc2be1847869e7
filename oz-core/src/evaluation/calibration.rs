//! Calibration: log-likelihood ratios from scores, and their cost.

use serde::Serialize;

use super::{Trials, isotonic};
use crate::{Error, Result};

/// Log-likelihood ratio that is linear in the score: `slope · (score - center)`, natural logarithm.
///
/// A positive ratio supports the target class. It does not depend on the share of targets, which enters a
/// decision as prior odds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LogisticFit {
    /// Score at which the ratio is 0, in the unit of the scores.
    pub center: f64,
    /// Change of the log-likelihood ratio per unit of score, above 0.
    pub slope: f64,
}

/// Maximum number of steps of Newton's method; about ten are usual.
const MAX_STEPS: usize = 100;
/// Step size of convergence, for scores scaled to standard deviation 1.
const CLOSE: f64 = 1e-10;

impl LogisticFit {
    /// Fits by logistic regression with equal weight for both classes, independent of their sizes. The labels
    /// are smoothed as by Platt, so classes that do not overlap get a finite slope.
    ///
    /// # Errors
    /// `input.invalid_value` when the scores do not rise from non-targets to targets.
    ///
    /// Source: Brümmer, du Preez 2006, doi:10.1016/j.csl.2005.08.001; Platt 1999, "Probabilistic outputs for
    /// support vector machines", for the counts.
    pub fn new(trials: &Trials) -> Result<Self> {
        let scale = Scale::of(trials);
        let cases = cases(trials, &scale);

        let [mut slope, mut offset] = [0.0, 0.0];
        for _ in 0..MAX_STEPS {
            let [step_slope, step_offset] = newton_step(&cases, slope, offset);
            let damping = damping(&cases, [slope, offset], [step_slope, step_offset]);
            slope -= damping * step_slope;
            offset -= damping * step_offset;
            if (damping * step_slope).abs().max((damping * step_offset).abs()) < CLOSE {
                break;
            }
        }

        let fit =
            Self { center: scale.mean - offset / slope * scale.deviation, slope: slope / scale.deviation };
        let is_rising = scale.deviation > 0.0 && fit.slope > 0.0;
        if is_rising && fit.center.is_finite() && fit.slope.is_finite() {
            return Ok(fit);
        }
        let detail = "must rise from non-targets to targets to be calibrated".into();
        Err(Error::InvalidValue { name: "scores", detail })
    }

    /// Log-likelihood ratio of a score, natural logarithm.
    #[must_use]
    pub fn llr(&self, score: f64) -> f64 {
        self.slope * (score - self.center)
    }

    /// Cost of these log-likelihood ratios in bits; see [`cllr`].
    #[must_use]
    pub fn cllr(&self, trials: &Trials) -> f64 {
        let ratios = |target| trials.scores(target).map(|score| (self.llr(score), 1.0));
        cllr(ratios(true), ratios(false))
    }
}

/// Cost of log-likelihood ratios (Cllr) in bits: 0 for perfect ones, 1 for uninformative ones, more for
/// misleading ones. Items are `(ratio, weight)`, natural logarithm.
///
/// Source: Brümmer, du Preez 2006, doi:10.1016/j.csl.2005.08.001.
#[must_use]
pub fn cllr(targets: impl Iterator<Item = (f64, f64)>, non_targets: impl Iterator<Item = (f64, f64)>) -> f64 {
    f64::midpoint(mean_cost(targets.map(|(llr, weight)| (-llr, weight))), mean_cost(non_targets))
}

/// Minimum cost in bits over all rising functions of the scores: the part of the cost due to discrimination
/// rather than calibration.
#[must_use]
pub fn min_cllr(trials: &Trials) -> f64 {
    let blocks = isotonic::pooled(trials.rising());
    let prior = (trials.count(true) as f64 / trials.count(false) as f64).ln();
    let llr = |block: &isotonic::Block| (block.targets / block.non_targets).ln() - prior;

    // Blocks without targets are left out of the targets' cost, as their weight is 0 and their ratio
    // infinite; likewise for non-targets.
    let targets = blocks.iter().filter(|block| block.targets > 0.0);
    let non_targets = blocks.iter().filter(|block| block.non_targets > 0.0);
    cllr(targets.map(|b| (llr(b), b.targets)), non_targets.map(|b| (llr(b), b.non_targets)))
}

/// Weighted mean of log2(1 + e^x).
fn mean_cost(exponents: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (x, weight) in exponents {
        sum += weight * softplus(x);
        total += weight;
    }
    sum / total / std::f64::consts::LN_2
}

/// ln(1 + e^x) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Mean and standard deviation of the scores, to make the fit independent of their unit.
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    fn of(trials: &Trials) -> Self {
        let scores = || trials.rising().iter().map(|trial| trial.score);
        let count = trials.rising().len() as f64;
        let mean = scores().sum::<f64>() / count;
        let variance = scores().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
        Self { mean, deviation: variance.sqrt() }
    }
}

/// Scaled score with its smoothed label, 0..=1, and weight.
struct Case {
    score: f64,
    label: f64,
    weight: f64,
}

fn cases(trials: &Trials, scale: &Scale) -> Vec<Case> {
    let (targets, non_targets) = (trials.count(true) as f64, trials.count(false) as f64);
    trials
        .rising()
        .iter()
        .map(|trial| Case {
            score: (trial.score - scale.mean) / scale.deviation,
            label: if trial.target { (targets + 1.0) / (targets + 2.0) } else { 1.0 / (non_targets + 2.0) },
            weight: 0.5 / if trial.target { targets } else { non_targets },
        })
        .collect()
}

/// Weighted cross-entropy of the cases.
fn loss(cases: &[Case], [slope, offset]: [f64; 2]) -> f64 {
    cases
        .iter()
        .map(|case| {
            let x = slope * case.score + offset;
            case.weight * (softplus(x) - case.label * x)
        })
        .sum()
}

/// Newton step for slope and offset: inverse Hessian times gradient.
fn newton_step(cases: &[Case], slope: f64, offset: f64) -> [f64; 2] {
    /// Keeps the Hessian invertible where every case is certain.
    const RIDGE: f64 = 1e-12;

    let mut gradient = [0.0; 2];
    let (mut ss, mut so, mut oo) = (RIDGE, 0.0, RIDGE);
    for case in cases {
        let p = logistic(slope * case.score + offset);
        let (residual, curvature) = (case.weight * (p - case.label), case.weight * p * (1.0 - p));
        gradient[0] += residual * case.score;
        gradient[1] += residual;
        ss += curvature * case.score * case.score;
        so += curvature * case.score;
        oo += curvature;
    }

    let determinant = (ss * oo - so * so).max(RIDGE * RIDGE);
    [(oo * gradient[0] - so * gradient[1]) / determinant, (ss * gradient[1] - so * gradient[0]) / determinant]
}

/// Largest of 1, 1/2, 1/4 … with which a step does not raise the loss; 0 if 30 halvings do not suffice.
fn damping(cases: &[Case], at: [f64; 2], step: [f64; 2]) -> f64 {
    let before = loss(cases, at);
    std::iter::successors(Some(1.0), |share| Some(share / 2.0))
        .take(30)
        .find(|share| loss(cases, [at[0] - share * step[0], at[1] - share * step[1]]) <= before)
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::deviate::normal_deviate;

    /// Quantiles of two normal distributions with standard deviation 1 and means `distance` and 0.
    fn normal(distance: f64) -> Trials {
        let at = |i: i32, shift: f64| normal_deviate((f64::from(i) + 0.5) / 400.0) + shift;
        let targets: Vec<_> = (0..400).map(|i| at(i, distance)).collect();
        let non_targets: Vec<_> = (0..400).map(|i| at(i, 0.0)).collect();
        Trials::from_scores(&targets, &non_targets).unwrap()
    }

    #[test]
    fn ratio_of_two_normal_distributions_is_found() {
        // ln N(x; d, 1) / N(x; 0, 1) = d (x - d/2).
        let fit = LogisticFit::new(&normal(2.0)).unwrap();
        assert!((fit.center - 1.0).abs() < 0.01 && (fit.slope - 2.0).abs() < 0.05, "{fit:?}");
    }

    #[test]
    fn class_sizes_do_not_shift_the_ratio() {
        let many: Vec<f64> = normal(2.0).scores(false).collect();
        let few: Vec<f64> = normal(2.0).scores(true).step_by(5).collect();
        let fit = LogisticFit::new(&Trials::from_scores(&few, &many).unwrap()).unwrap();
        assert!((fit.center - 1.0).abs() < 0.1, "{fit:?}");
    }

    #[test]
    fn separated_classes_get_a_finite_slope() {
        let apart = Trials::from_scores(&[0.8, 0.9], &[0.1, 0.2]).unwrap();
        let fit = LogisticFit::new(&apart).unwrap();
        assert!(fit.slope.is_finite() && (0.2..0.8).contains(&fit.center), "{fit:?}");
        assert!(min_cllr(&apart).abs() < 1e-12);
    }

    #[test]
    fn uninformative_and_reversed_scores_are_refused() {
        for (targets, non_targets) in [([0.1, 0.2], [0.8, 0.9]), ([0.5, 0.5], [0.5, 0.5])] {
            let trials = Trials::from_scores(&targets, &non_targets).unwrap();
            assert_eq!(LogisticFit::new(&trials).unwrap_err().code(), "input.invalid_value");
        }
    }

    #[test]
    fn costs_match_a_computation_by_hand() {
        let uninformative = || [(0.0, 1.0)].into_iter();
        assert!((cllr(uninformative(), uninformative()) - 1.0).abs() < 1e-12, "ratios of 1 cost one bit");
        let single = |llr: f64| [(llr, 1.0)].into_iter();
        let expected = (1.0f64 + 1.0 / 3.0).log2();
        assert!((cllr(single(3f64.ln()), single(-(3f64.ln()))) - expected).abs() < 1e-12);
        let useless = Trials::from_scores(&[0.5], &[0.5]).unwrap();
        assert!((min_cllr(&useless) - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn linear_fit_costs_at_least_the_minimum(
            targets in prop::collection::vec(0.0f64..2.0, 2..40),
            non_targets in prop::collection::vec(-1.0f64..1.0, 2..40),
        ) {
            let trials = Trials::from_scores(&targets, &non_targets).unwrap();
            let minimum = min_cllr(&trials);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&minimum));
            if let Ok(fit) = LogisticFit::new(&trials) {
                prop_assert!(fit.cllr(&trials) >= minimum - 1e-9);
            }
        }

        #[test]
        fn fit_is_independent_of_the_unit_of_the_scores(shift in -50.0f64..50.0, scale in 0.01f64..100.0) {
            let plain = LogisticFit::new(&normal(1.5)).unwrap();
            let moved = |target| normal(1.5).scores(target).map(|s| s * scale + shift).collect::<Vec<_>>();
            let other = LogisticFit::new(&Trials::from_scores(&moved(true), &moved(false)).unwrap()).unwrap();
            prop_assert!((other.llr(shift + scale) - plain.llr(1.0)).abs() < 1e-6);
        }
    }
}
