//! Labelled scores.

use super::ErrorCurve;
use crate::{Error, Result};

/// One labelled attempt that gave a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Score, any finite number; higher supports the target class.
    pub score: f64,
    /// Whether the attempt belongs to the target class: mated or bona fide.
    pub target: bool,
    /// Groups that are resampled as a whole: for a comparison the identities of its two sides, for a
    /// presentation its capture set, twice.
    pub groups: [usize; 2],
}

/// Labelled attempts of both classes, sorted by score.
#[derive(Debug, Clone, PartialEq)]
pub struct Trials {
    rising: Vec<Trial>,
    groups: usize,
}

impl Trials {
    /// Sorts attempts, given in any order.
    ///
    /// # Errors
    /// `input.invalid_value` when a score is not finite or a class has no attempt.
    pub fn new(mut trials: Vec<Trial>) -> Result<Self> {
        let invalid = |detail: String| Error::InvalidValue { name: "scores", detail };
        if let Some(odd) = trials.iter().find(|trial| !trial.score.is_finite()) {
            return Err(invalid(format!("must be finite, not {}", odd.score)));
        }

        let targets = trials.iter().filter(|trial| trial.target).count();
        if targets == 0 || targets == trials.len() {
            let missing = if targets == 0 { "target" } else { "non-target" };
            return Err(invalid(format!(
                "none of {} attempts belongs to the {missing} class; rates need both classes",
                trials.len()
            )));
        }

        trials.sort_by(|a, b| a.score.total_cmp(&b.score));
        let groups = trials.iter().flat_map(|trial| trial.groups).max().map_or(0, |last| last + 1);
        Ok(Self { rising: trials, groups })
    }

    /// Sorts scores of both classes; each attempt forms a separate group.
    ///
    /// # Errors
    /// As [`Trials::new`].
    pub fn from_scores(targets: &[f64], non_targets: &[f64]) -> Result<Self> {
        let labelled = targets.iter().map(|score| (*score, true));
        let trials = labelled
            .chain(non_targets.iter().map(|score| (*score, false)))
            .enumerate()
            .map(|(group, (score, target))| Trial { score, target, groups: [group, group] });
        Self::new(trials.collect())
    }

    /// All attempts, by rising score.
    #[must_use]
    pub fn rising(&self) -> &[Trial] {
        &self.rising
    }

    /// Scores of one class, in rising order.
    pub fn scores(&self, target: bool) -> impl DoubleEndedIterator<Item = f64> {
        self.rising.iter().filter(move |trial| trial.target == target).map(|trial| trial.score)
    }

    /// Number of attempts of one class.
    #[must_use]
    pub fn count(&self, target: bool) -> usize {
        self.rising.iter().filter(|trial| trial.target == target).count()
    }

    /// Number of groups: one more than the highest group index.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Error rates at every threshold.
    #[must_use]
    pub fn curve(&self) -> ErrorCurve {
        ErrorCurve::weighted(self.rising.iter().map(|trial| (*trial, 1.0)))
            .expect("both classes have attempts")
    }

    /// Error rates of a bootstrap sample in which group `g` was drawn `drawn[g]` times. The weight of a
    /// comparison between two groups is the product of both counts, within one group the count itself. `None`
    /// when a class was not drawn.
    ///
    /// Source: Bolle, Ratha, Pankanti 2004, doi:10.1016/j.cviu.2003.08.002 (resampling of whole subjects);
    /// Owen 2007, doi:10.1214/07-AOAS122 (the product for pairs).
    #[must_use]
    pub fn resampled(&self, drawn: &[u32]) -> Option<ErrorCurve> {
        ErrorCurve::weighted(self.rising.iter().map(|trial| (*trial, f64::from(weight(trial, drawn)))))
    }
}

fn weight(trial: &Trial, drawn: &[u32]) -> u32 {
    let [a, b] = trial.groups;
    if a == b { drawn[a] } else { drawn[a] * drawn[b] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_classes_and_non_finite_scores_are_refused() {
        for (targets, non_targets) in [
            (&[][..], &[0.1][..]),
            (&[0.1], &[]),
            (&[], &[]),
            (&[f64::NAN], &[0.1]),
            (&[0.1], &[f64::INFINITY]),
        ] {
            assert_eq!(Trials::from_scores(targets, non_targets).unwrap_err().code(), "input.invalid_value");
        }
    }

    #[test]
    fn weight_of_a_pair_is_the_product_of_its_groups() {
        let trial = |score, target, groups| Trial { score, target, groups };
        let trials = Trials::new(vec![
            trial(0.9, true, [0, 0]),
            trial(0.2, true, [1, 1]),
            trial(0.5, false, [0, 1]),
            trial(0.1, false, [0, 2]),
        ])
        .unwrap();
        let curve = trials.resampled(&[3, 2, 1]).unwrap();
        assert!((curve.fnmr(0.4) - 2.0 / 5.0).abs() < 1e-12, "3 of identity 0, 2 of identity 1");
        assert!((curve.fmr(0.4) - 6.0 / 9.0).abs() < 1e-12, "3 x 2 against 3 x 1");
        assert!(trials.resampled(&[3, 0, 0]).is_none(), "no non-mated pair was drawn");
    }
}
