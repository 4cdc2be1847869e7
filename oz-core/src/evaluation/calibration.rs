//! From scores to likelihood ratios, and how good those are.

use serde::Serialize;

use super::{Trials, isotonic};
use crate::{Error, Result};

/// A log-likelihood ratio that is linear in the score: `slope · (score - center)`, natural logarithm.
///
/// Positive says target, and by how many times more likely; it holds whatever share of targets there is, which has to be
/// brought in as prior odds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LogisticFit {
    /// Score that speaks for neither class, in the unit of the scores.
    pub center: f64,
    /// Growth of the log-likelihood ratio for each unit of score, above 0.
    pub slope: f64,
}

/// Steps of Newton's method at most; ten are usual.
const MAX_STEPS: usize = 100;
/// Steps smaller than this, in standard deviations of the scores, change nothing that anyone would see.
const CLOSE: f64 = 1e-10;

impl LogisticFit {
    /// Fits by logistic regression, both classes weighing the same whatever their numbers. Classes that do not overlap
    /// get a steep line and not an infinite one: each class is taken to hold one attempt more of the other kind, in the
    /// manner of Platt.
    ///
    /// # Errors
    /// `input.invalid_value` when scores do not rise from non-targets to targets.
    ///
    /// Source: Brümmer, du Preez 2006, doi:10.1016/j.csl.2005.08.001; Platt 1999, "Probabilistic outputs for support vector
    /// machines", for the counts.
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
        let detail = "they do not rise from non-targets to targets, so no calibration can be told".into();
        Err(Error::InvalidValue { name: "scores", detail })
    }

    /// Log-likelihood ratio of a score, natural logarithm.
    #[must_use]
    pub fn llr(&self, score: f64) -> f64 {
        self.slope * (score - self.center)
    }

    /// Cost of these log-likelihood ratios; see [`cllr`].
    #[must_use]
    pub fn cllr(&self, trials: &Trials) -> f64 {
        let of = |target| trials.scores(target).map(|score| (self.llr(score), 1.0));
        cllr(of(true), of(false))
    }
}

/// Cost of log-likelihood ratios in bits, 0 at best, 1 for ratios that say nothing; more for misleading ones. Each ratio
/// with its weight.
///
/// Source: Brümmer, du Preez 2006, doi:10.1016/j.csl.2005.08.001.
#[must_use]
pub fn cllr(targets: impl Iterator<Item = (f64, f64)>, non_targets: impl Iterator<Item = (f64, f64)>) -> f64 {
    f64::midpoint(mean_cost(targets.map(|(llr, weight)| (-llr, weight))), mean_cost(non_targets))
}

/// The least cost that any rising function of the scores has: what is lost by the scores and not by their calibration.
#[must_use]
pub fn min_cllr(trials: &Trials) -> f64 {
    let blocks = isotonic::pooled(trials.rising());
    let prior = (trials.count(true) as f64 / trials.count(false) as f64).ln();
    let llr = |block: &isotonic::Block| (block.targets / block.non_targets).ln() - prior;
    // A block without targets has no cost for targets, whatever its ratio.
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

/// Mean and spread that make scores of any unit alike to the fit.
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

/// A scaled score, how likely it is to be of the target class, and what it weighs.
struct Case {
    score: f64,
    wanted: f64,
    weight: f64,
}

fn cases(trials: &Trials, scale: &Scale) -> Vec<Case> {
    let (targets, non_targets) = (trials.count(true) as f64, trials.count(false) as f64);
    let case = |trial: &super::Trial| Case {
        score: (trial.score - scale.mean) / scale.deviation,
        wanted: if trial.target { (targets + 1.0) / (targets + 2.0) } else { 1.0 / (non_targets + 2.0) },
        weight: 0.5 / if trial.target { targets } else { non_targets },
    };
    trials.rising().iter().map(case).collect()
}

fn loss(cases: &[Case], [slope, offset]: [f64; 2]) -> f64 {
    let one = |case: &Case| {
        let x = slope * case.score + offset;
        case.weight * (softplus(x) - case.wanted * x)
    };
    cases.iter().map(one).sum()
}

/// Gradient over curvature, for slope and offset.
fn newton_step(cases: &[Case], slope: f64, offset: f64) -> [f64; 2] {
    /// Keeps the curvature from vanishing where every case is certain.
    const RIDGE: f64 = 1e-12;
    let mut gradient = [0.0; 2];
    let (mut ss, mut so, mut oo) = (RIDGE, 0.0, RIDGE);
    for case in cases {
        let p = logistic(slope * case.score + offset);
        let (residual, curvature) = (case.weight * (p - case.wanted), case.weight * p * (1.0 - p));
        gradient[0] += residual * case.score;
        gradient[1] += residual;
        ss += curvature * case.score * case.score;
        so += curvature * case.score;
        oo += curvature;
    }
    let determinant = (ss * oo - so * so).max(RIDGE * RIDGE);
    [(oo * gradient[0] - so * gradient[1]) / determinant, (ss * gradient[1] - so * gradient[0]) / determinant]
}

/// The largest of 1, 1/2, 1/4 … by which a step still lowers the loss.
fn damping(cases: &[Case], at: [f64; 2], step: [f64; 2]) -> f64 {
    let before = loss(cases, at);
    let after = |share: &f64| loss(cases, [at[0] - share * step[0], at[1] - share * step[1]]) <= before;
    std::iter::successors(Some(1.0), |share| Some(share / 2.0)).take(30).find(after).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::deviate::normal_deviate;

    /// Quantiles of two normal distributions of deviation 1 around `distance` and 0.
    fn normal(distance: f64) -> Trials {
        let at = |i: i32, shift: f64| normal_deviate((f64::from(i) + 0.5) / 400.0) + shift;
        let targets: Vec<_> = (0..400).map(|i| at(i, distance)).collect();
        let non_targets: Vec<_> = (0..400).map(|i| at(i, 0.0)).collect();
        Trials::from_scores(&targets, &non_targets).unwrap()
    }

    #[test]
    fn the_ratio_of_two_normal_distributions_is_found() {
        // ln N(x; d, 1) / N(x; 0, 1) = d (x - d/2).
        let fit = LogisticFit::new(&normal(2.0)).unwrap();
        assert!((fit.center - 1.0).abs() < 0.01 && (fit.slope - 2.0).abs() < 0.05, "{fit:?}");
    }

    #[test]
    fn numbers_of_trials_do_not_shift_the_ratio() {
        let many: Vec<f64> = normal(2.0).scores(false).collect();
        let few: Vec<f64> = normal(2.0).scores(true).step_by(5).collect();
        let fit = LogisticFit::new(&Trials::from_scores(&few, &many).unwrap()).unwrap();
        assert!((fit.center - 1.0).abs() < 0.1, "{fit:?}");
    }

    #[test]
    fn classes_that_do_not_touch_get_a_finite_slope() {
        let apart = Trials::from_scores(&[0.8, 0.9], &[0.1, 0.2]).unwrap();
        let fit = LogisticFit::new(&apart).unwrap();
        assert!(fit.slope.is_finite() && (0.2..0.8).contains(&fit.center), "{fit:?}");
        assert!(min_cllr(&apart).abs() < 1e-12);
    }

    #[test]
    fn scores_that_tell_nothing_or_the_contrary_are_refused() {
        for (targets, non_targets) in [([0.1, 0.2], [0.8, 0.9]), ([0.5, 0.5], [0.5, 0.5])] {
            let trials = Trials::from_scores(&targets, &non_targets).unwrap();
            assert_eq!(LogisticFit::new(&trials).unwrap_err().code(), "input.invalid_value");
        }
    }

    #[test]
    fn costs_are_those_computed_by_hand() {
        let silent = || [(0.0, 1.0)].into_iter();
        assert!((cllr(silent(), silent()) - 1.0).abs() < 1e-12, "ratios of 1 cost one bit");
        let right = |llr: f64| [(llr, 1.0)].into_iter();
        let expected = (1.0f64 + 1.0 / 3.0).log2();
        assert!((cllr(right(3f64.ln()), right(-(3f64.ln()))) - expected).abs() < 1e-12);
        let useless = Trials::from_scores(&[0.5], &[0.5]).unwrap();
        assert!((min_cllr(&useless) - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn no_line_is_better_than_the_best_rising_function(
            targets in prop::collection::vec(0.0f64..2.0, 2..40), non_targets in prop::collection::vec(-1.0f64..1.0, 2..40),
        ) {
            let trials = Trials::from_scores(&targets, &non_targets).unwrap();
            let least = min_cllr(&trials);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&least));
            if let Ok(fit) = LogisticFit::new(&trials) {
                prop_assert!(fit.cllr(&trials) >= least - 1e-9);
            }
        }

        #[test]
        fn the_unit_of_the_scores_does_not_matter(shift in -50.0f64..50.0, scale in 0.01f64..100.0) {
            let plain = LogisticFit::new(&normal(1.5)).unwrap();
            let moved = |target| normal(1.5).scores(target).map(|s| s * scale + shift).collect::<Vec<_>>();
            let other = LogisticFit::new(&Trials::from_scores(&moved(true), &moved(false)).unwrap()).unwrap();
            prop_assert!((other.llr(shift + scale) - plain.llr(1.0)).abs() < 1e-6);
        }
    }
}
