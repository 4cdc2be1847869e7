//! Error curves: both error rates at every threshold, the basis of DET and ROC plots.

use serde::Serialize;

use super::deviate::normal_deviate;
use super::{Trial, checked_rate};
use crate::Result;

/// Error rates at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Lowest accepted score.
    pub threshold: f64,
    /// Share of accepted non-targets, 0..=1: FMR, or APCER.
    pub fmr: f64,
    /// Share of rejected targets, 0..=1: FNMR, or BPCER.
    pub fnmr: f64,
}

/// Equal error rate (EER): the point at which both error rates are equal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EqualErrorRate {
    /// Rate, 0..=1.
    pub rate: f64,
    /// Threshold at which the rate is reached, in the unit of the scores.
    pub threshold: f64,
}

/// Error rates as step functions of the threshold, with one point at every distinct score and one beyond the
/// highest.
///
/// FMR never rises and FNMR never falls with the threshold. The first point accepts everything (FMR 1, FNMR
/// 0), the last one nothing (FMR 0, FNMR 1).
///
/// ```
/// use oz_core::evaluation::Trials;
///
/// let curve = Trials::from_scores(&[0.9, 0.8, 0.6, 0.4], &[0.5, 0.3, 0.2, 0.1])?.curve();
/// let strict = curve.at_fmr(0.0)?;
/// assert_eq!((strict.threshold, strict.fnmr), (0.6, 0.25));
/// assert_eq!(curve.eer().rate, 0.25);
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorCurve {
    points: Vec<CurvePoint>,
}

impl ErrorCurve {
    /// Counts weighted attempts, given by rising score. `None` when a class has no weight.
    pub(super) fn weighted(rising: impl Iterator<Item = (Trial, f64)> + Clone) -> Option<Self> {
        let total = |target: bool| -> f64 {
            rising.clone().filter(|(trial, _)| trial.target == target).map(|(_, weight)| weight).sum()
        };
        let (targets, non_targets) = (total(true), total(false));
        if targets <= 0.0 || non_targets <= 0.0 {
            return None;
        }

        let (mut below_targets, mut below_non_targets) = (0.0, 0.0);
        let mut points: Vec<CurvePoint> = Vec::new();
        for (trial, weight) in rising.filter(|(_, weight)| *weight > 0.0) {
            // Equal scores are accepted or rejected together, so they share one point.
            if points.last().is_none_or(|last| last.threshold < trial.score) {
                // Subtracted before the division, so that ten of a thousand are exactly 0.01.
                let fmr = (non_targets - below_non_targets) / non_targets;
                points.push(CurvePoint { threshold: trial.score, fmr, fnmr: below_targets / targets });
            }
            if trial.target { below_targets += weight } else { below_non_targets += weight }
        }

        let beyond = points.last()?.threshold.next_up();
        points.push(CurvePoint { threshold: beyond, fmr: 0.0, fnmr: 1.0 });
        Some(Self { points })
    }

    /// All points, by rising threshold.
    #[must_use]
    pub fn points(&self) -> &[CurvePoint] {
        &self.points
    }

    /// Error rates at a threshold.
    #[must_use]
    pub fn at(&self, threshold: f64) -> CurvePoint {
        // The rates are constant between two scores: those at the next score above.
        let above = self.points.partition_point(|point| point.threshold < threshold);
        CurvePoint { threshold, ..self.points[above.min(self.points.len() - 1)] }
    }

    /// False match rate, 0..=1: share of non-targets at or above the threshold.
    #[must_use]
    pub fn fmr(&self, threshold: f64) -> f64 {
        self.at(threshold).fmr
    }

    /// False non-match rate, 0..=1: share of targets below the threshold.
    #[must_use]
    pub fn fnmr(&self, threshold: f64) -> f64 {
        self.at(threshold).fnmr
    }

    /// Point with the lowest threshold at which the FMR does not exceed `fmr`.
    ///
    /// # Errors
    /// `input.invalid_value` unless `fmr` is in 0..=1.
    pub fn at_fmr(&self, fmr: f64) -> Result<CurvePoint> {
        let fmr = checked_rate("false match rate", fmr)?;
        Ok(self.points[self.points.partition_point(|point| point.fmr > fmr)])
    }

    /// Point with the highest threshold at which the FNMR does not exceed `fnmr`.
    ///
    /// # Errors
    /// `input.invalid_value` unless `fnmr` is in 0..=1.
    pub fn at_fnmr(&self, fnmr: f64) -> Result<CurvePoint> {
        let fnmr = checked_rate("false non-match rate", fnmr)?;
        Ok(self.points[self.points.partition_point(|point| point.fnmr <= fnmr) - 1])
    }

    /// True accept rate (1 - FNMR, 0..=1) at the threshold of [`ErrorCurve::at_fmr`].
    ///
    /// # Errors
    /// `input.invalid_value` unless `fmr` is in 0..=1.
    pub fn tar_at_fmr(&self, fmr: f64) -> Result<f64> {
        Ok(1.0 - self.at_fmr(fmr)?.fnmr)
    }

    /// Equal error rate.
    ///
    /// Both rates are step functions and need not meet. Let `a` be the last point with FMR > FNMR and `b` the
    /// next one. FMR, FNMR and threshold are interpolated linearly from `a` to `b`; the EER is the
    /// intersection of FMR and FNMR, which is `b` itself if both rates are equal there.
    #[must_use]
    pub fn eer(&self) -> EqualErrorRate {
        let gap = |point: &CurvePoint| point.fmr - point.fnmr;
        // Both neighbours exist, as the gap is 1 at the first point and -1 at the last.
        let crossing = self.points.partition_point(|point| gap(point) > 0.0);
        let (a, b) = (&self.points[crossing - 1], &self.points[crossing]);
        let share = gap(a) / (gap(a) - gap(b));
        EqualErrorRate {
            rate: a.fmr + share * (b.fmr - a.fmr),
            threshold: a.threshold + share * (b.threshold - a.threshold),
        }
    }

    /// Receiver operating characteristic (ROC): `(FMR, 1 - FNMR)`, by rising threshold.
    pub fn roc(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points.iter().map(|point| (point.fmr, 1.0 - point.fnmr))
    }

    /// Detection error trade-off (DET): normal deviates of `(FMR, FNMR)`, by rising threshold. Points with a
    /// rate of 0 or 1, whose deviate is infinite, are omitted.
    ///
    /// Source: Martin et al. 1997, "The DET curve in assessment of detection task performance", Eurospeech.
    pub fn det(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points
            .iter()
            .map(|point| (normal_deviate(point.fmr), normal_deviate(point.fnmr)))
            .filter(|(x, y)| x.is_finite() && y.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::Trials;

    fn curve(targets: &[f64], non_targets: &[f64]) -> ErrorCurve {
        Trials::from_scores(targets, non_targets).unwrap().curve()
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} differs from {b}");
    }

    /// Ten mated and ten non-mated scores whose rates are counted by hand.
    fn toy() -> ErrorCurve {
        curve(
            &[0.9, 0.8, 0.8, 0.7, 0.7, 0.6, 0.6, 0.5, 0.4, 0.3],
            &[0.1, 0.1, 0.2, 0.2, 0.2, 0.3, 0.3, 0.4, 0.5, 0.6],
        )
    }

    #[test]
    fn rates_match_a_count_by_hand() {
        let toy = toy();
        near(toy.fmr(0.5), 0.2);
        near(toy.fnmr(0.5), 0.2);
        near(toy.fmr(0.55), 0.1);
        near(toy.fnmr(0.55), 0.3);
        near(toy.fmr(0.3), 0.5);
        near(toy.fnmr(0.3), 0.0);
        assert_eq!((toy.fmr(-1.0), toy.fnmr(-1.0)), (1.0, 0.0));
        assert_eq!((toy.fmr(2.0), toy.fnmr(2.0)), (0.0, 1.0));
        near(toy.tar_at_fmr(0.1).unwrap(), 0.7);
        near(toy.at_fmr(0.1).unwrap().threshold, 0.6);
        near(toy.at_fnmr(0.2).unwrap().threshold, 0.5);
        near(toy.tar_at_fmr(0.0).unwrap(), 0.5);
    }

    #[test]
    fn eer_is_the_point_of_equal_rates() {
        near(toy().eer().rate, 0.2);
        near(toy().eer().threshold, 0.5);
    }

    #[test]
    fn eer_is_interpolated_between_points() {
        // At 0.4: FMR 2/3, FNMR 0. At 0.5: FMR 1/3, FNMR 1/2. The lines intersect at 4/5 of the way: 2/5.
        let eer = curve(&[0.4, 0.9], &[0.1, 0.4, 0.5]).eer();
        near(eer.rate, 0.4);
        near(eer.threshold, 0.48);
    }

    #[test]
    fn eer_is_zero_for_separated_and_one_for_reversed_classes() {
        near(curve(&[0.8, 0.9], &[0.1, 0.2]).eer().rate, 0.0);
        near(curve(&[0.1, 0.2], &[0.8, 0.9]).eer().rate, 1.0);
        near(curve(&[0.5, 0.5], &[0.5]).eer().rate, 0.5);
    }

    #[test]
    fn exactly_reached_rate_is_accepted() {
        let impostors: Vec<f64> = (0..1000).map(f64::from).collect();
        let curve = curve(&[2000.0], &impostors);
        assert_eq!(curve.at_fmr(0.01).unwrap().threshold, 990.0);
        assert_eq!(curve.at_fmr(0.001).unwrap().threshold, 999.0);
    }

    #[test]
    fn equal_scores_share_one_point() {
        let tied = curve(&[0.5, 0.5, 0.5], &[0.5, 0.5]);
        assert_eq!(tied.points().len(), 2);
        assert_eq!((tied.fmr(0.5), tied.fnmr(0.5)), (1.0, 0.0));
    }

    #[test]
    fn rates_out_of_range_are_refused() {
        for rate in [-0.1, 1.1, f64::NAN] {
            assert_eq!(toy().at_fmr(rate).unwrap_err().code(), "input.invalid_value");
            assert_eq!(toy().at_fnmr(rate).unwrap_err().code(), "input.invalid_value");
        }
    }

    #[test]
    fn plots_contain_the_points_of_the_curve() {
        assert_eq!(toy().roc().count(), toy().points().len());
        assert!(toy().det().all(|(x, y)| x.is_finite() && y.is_finite()));
        let (x, y) = toy().det().find(|(x, _)| (*x - normal_deviate(0.2)).abs() < 1e-9).unwrap();
        near(x, y);
    }

    /// Scores with ties: few distinct values.
    fn scores() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec((0i32..40).prop_map(|score| f64::from(score) / 8.0), 1..60)
    }

    proptest! {
        #[test]
        fn rates_are_shares_and_monotone(targets in scores(), non_targets in scores()) {
            let curve = curve(&targets, &non_targets);
            for point in curve.points() {
                prop_assert!((0.0..=1.0).contains(&point.fmr) && (0.0..=1.0).contains(&point.fnmr));
                let counted = non_targets.iter().filter(|s| **s >= point.threshold).count() as f64;
                prop_assert!((point.fmr - counted / non_targets.len() as f64).abs() < 1e-9);
                let counted = targets.iter().filter(|s| **s < point.threshold).count() as f64;
                prop_assert!((point.fnmr - counted / targets.len() as f64).abs() < 1e-9);
            }
            for pair in curve.points().windows(2) {
                prop_assert!(pair[0].threshold < pair[1].threshold);
                prop_assert!(pair[0].fmr >= pair[1].fmr && pair[0].fnmr <= pair[1].fnmr);
            }
            prop_assert!((0.0..=1.0).contains(&curve.eer().rate));
        }

        #[test]
        fn rates_depend_on_the_order_of_scores_only(targets in scores(), non_targets in scores()) {
            let bent = |scores: &[f64]| scores.iter().map(|s| (s / 3.0).exp() - 7.0).collect::<Vec<_>>();
            let (plain, bent) = (curve(&targets, &non_targets), curve(&bent(&targets), &bent(&non_targets)));
            prop_assert!((plain.eer().rate - bent.eer().rate).abs() < 1e-9);
            for fmr in [0.0, 0.1, 0.5] {
                prop_assert_eq!(plain.tar_at_fmr(fmr).unwrap(), bent.tar_at_fmr(fmr).unwrap());
            }
        }

        #[test]
        fn eer_is_symmetric_in_the_classes(targets in scores(), non_targets in scores()) {
            let negated = |scores: &[f64]| scores.iter().map(|s| -s).collect::<Vec<_>>();
            let turned = curve(&negated(&non_targets), &negated(&targets));
            prop_assert!((curve(&targets, &non_targets).eer().rate - turned.eer().rate).abs() < 1e-9);
        }
    }
}
