//! Comparison: from similarity to a calibrated score and a decision with a known error rate.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Measured point of a model's error curve: a similarity and the false match rate at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// False match rate (FMR), 0..=1: share of pairs of different people whose similarity reaches
    /// `similarity`.
    pub fmr: f64,
    /// Similarity, -1..=1, at which that rate is measured.
    pub similarity: f32,
    /// Data set of the measurement, or `extrapolated from ...`.
    pub set: String,
}

/// Logistic map from a model's similarity (-1..=1) to a score (0..=1) that is comparable between models.
///
/// Two operating points fix the scale: the score is 0.85 at FMR 1e-4, the default threshold of a match, and
/// 0.5 at FMR 1e-2, the default threshold of a non-match.
///
/// ```
/// use oz_core::face::{Calibration, ComparisonDecision, OperatingPoint, Threshold};
///
/// let point = |fmr, similarity| OperatingPoint { fmr, similarity, set: "toy".into() };
/// let calibration = Calibration::from_points(vec![point(1e-2, 0.3), point(1e-4, 0.5)])?;
/// let score = calibration.score(0.6);
/// assert!(score.value > 0.85);
/// assert!(calibration.fmr(0.6).is_some_and(|fmr| fmr < 1e-4));
/// assert_eq!(score.decide(Threshold::default()), ComparisonDecision::Match);
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    center: f32,
    slope: f32,
    points: Vec<OperatingPoint>,
}

/// False match rates that fix the scale of the score, at [`NON_MATCH_SCORE`] and [`MATCH_SCORE`].
const FMR_AT_HALF: f64 = 1e-2;
const FMR_AT_MATCH: f64 = 1e-4;
/// Default minimum score of a match.
const MATCH_SCORE: f32 = 0.85;
/// Default score below which two faces are a non-match.
const NON_MATCH_SCORE: f32 = 0.5;

impl Calibration {
    /// Fits the scale to measured operating points, in any order. Rates that were not measured are
    /// interpolated or extrapolated linearly in the logarithm of the rate through the nearest two points.
    ///
    /// # Errors
    /// `input.invalid_value` unless there are two or more points of different rates between 0 and 1, both
    /// excluded, with finite similarities that grow as the rate falls.
    pub fn from_points(mut points: Vec<OperatingPoint>) -> Result<Self> {
        points.sort_by(|a, b| b.fmr.total_cmp(&a.fmr));
        let growing = points.windows(2).all(|w| w[0].fmr > w[1].fmr && w[0].similarity < w[1].similarity);
        let rates = points.iter().all(|p| p.fmr > 0.0 && p.fmr < 1.0 && p.similarity.is_finite());
        if points.len() < 2 || !growing || !rates {
            let detail =
                "needs two or more rates between 0 and 1, with similarities that grow as the rate falls"
                    .into();
            return Err(Error::InvalidValue { name: "operating points", detail });
        }

        let (half, full) = (similarity_at(&points, FMR_AT_HALF)?, similarity_at(&points, FMR_AT_MATCH)?);
        let slope = log_odds(MATCH_SCORE) / (full - half);
        Ok(Self { center: half, slope, points })
    }

    /// Scale without operating points, for a model whose error rates are unknown: `center` is the similarity
    /// at which the score is 0.5, `slope` the change of the score's log-odds per unit of similarity. It has
    /// scores but no false match rates: [`Calibration::fmr`] is `None`.
    ///
    /// # Errors
    /// `input.invalid_value` unless both are finite and `slope > 0`.
    pub fn uncalibrated(center: f32, slope: f32) -> Result<Self> {
        if center.is_finite() && slope.is_finite() && slope > 0.0 {
            return Ok(Self { center, slope, points: Vec::new() });
        }
        let detail = format!("needs a finite center and a positive, finite slope, not {center} and {slope}");
        Err(Error::InvalidValue { name: "calibration", detail })
    }

    /// Similarity at which the score is 0.5.
    #[must_use]
    pub fn center(&self) -> f32 {
        self.center
    }

    /// Change of the score's log-odds per unit of similarity.
    #[must_use]
    pub fn slope(&self) -> f32 {
        self.slope
    }

    /// Operating points of the fit, by falling FMR; empty without measurements.
    #[must_use]
    pub fn points(&self) -> &[OperatingPoint] {
        &self.points
    }

    /// Score of a similarity.
    #[must_use]
    pub fn score(&self, similarity: f32) -> ComparisonScore {
        let value = 1.0 / (1.0 + (-self.slope * (similarity - self.center)).exp());
        ComparisonScore { value, similarity }
    }

    /// Similarity at a false match rate, interpolated between the nearest two operating points or
    /// extrapolated without limit beyond them; see [`Calibration::is_extrapolated`].
    ///
    /// # Errors
    /// `input.invalid_value` unless `0 < fmr < 1`, and without operating points.
    pub fn similarity_at(&self, fmr: f64) -> Result<f32> {
        if fmr > 0.0 && fmr < 1.0 {
            return similarity_at(&self.points, fmr);
        }
        let detail = format!("must be between 0 and 1, not {fmr}");
        Err(Error::InvalidValue { name: "false match rate", detail })
    }

    /// Minimum similarity of a candidate in a search among `gallery` identities at which the false positive
    /// identification rate is `fpir`; see [`fmr_for_fpir`].
    ///
    /// # Errors
    /// As [`fmr_for_fpir`] and [`Calibration::similarity_at`].
    pub fn similarity_for_search(&self, fpir: f64, gallery: usize) -> Result<f32> {
        self.similarity_at(fmr_for_fpir(fpir, gallery)?)
    }

    /// Calibration for a search among `gallery` references: at most a share `fpir` of non-mated searches
    /// reaches the default score of a match. Never laxer than this calibration, which it equals for small
    /// galleries and when there are no operating points to derive rates from.
    ///
    /// # Errors
    /// `input.invalid_value` unless `0 < fpir < 1`.
    pub fn for_search(&self, fpir: f64, gallery: usize) -> Result<Self> {
        if self.points.len() < 2 {
            return Ok(self.clone());
        }
        let needed = self.similarity_for_search(fpir, gallery.max(1))?;
        let shift = (needed - self.similarity_of(MATCH_SCORE)).max(0.0);
        Ok(Self { center: self.center + shift, ..self.clone() })
    }

    /// Whether a false match rate lies outside the range of the measured ones.
    #[must_use]
    pub fn is_extrapolated(&self, fmr: f64) -> bool {
        let measured = |point: Option<&OperatingPoint>| point.map_or(f64::NAN, |point| point.fmr);
        !(measured(self.points.last())..=measured(self.points.first())).contains(&fmr)
    }

    /// Inverse of [`Calibration::score`]: similarity, -inf..=inf, at which the score has this value, 0..=1.
    #[must_use]
    pub fn similarity_of(&self, score: f32) -> f32 {
        self.center + log_odds(score) / self.slope
    }

    /// False match rate at a similarity, interpolated between the nearest two operating points. Beyond the
    /// strictest one it is extrapolated by at most two decades, as no data supports lower rates. `None`
    /// without operating points.
    #[must_use]
    pub fn fmr(&self, similarity: f32) -> Option<f64> {
        let (a, b) = segment(&self.points, |p| similarity <= p.similarity)?;
        let share = f64::from((similarity - a.similarity) / (b.similarity - a.similarity));
        let rate = 10f64.powf(a.fmr.log10() + share * (b.fmr.log10() - a.fmr.log10()));
        // Not `clamp`, which panics on bounds that a deserialized calibration may have.
        Some(rate.min(1.0).max(self.points.last()?.fmr / 100.0))
    }
}

/// False match rate of a single comparison at which a search among `gallery` identities has the false
/// positive identification rate `fpir`: `1 - (1 - fpir)^(1 / gallery)`, for independent comparisons.
///
/// Real comparisons of one probe are not independent: a probe that is similar to one stranger is similar to
/// others, so the true FPIR is somewhat lower. Each identity counts once; with several references per
/// identity, divide the rate by their number.
///
/// # Errors
/// `input.invalid_value` unless `0 < fpir < 1` and `gallery >= 1`.
///
/// Source: Wayman 1999, "Error rate equations for the general biometric system", solved for the single rate.
pub fn fmr_for_fpir(fpir: f64, gallery: usize) -> Result<f64> {
    if fpir > 0.0 && fpir < 1.0 && gallery > 0 {
        // The formula above, written so that rates below 1e-16 are not lost to rounding.
        return Ok(-((-fpir).ln_1p() / gallery as f64).exp_m1());
    }
    let detail = format!("needs a rate between 0 and 1 and a gallery, not {fpir} and {gallery}");
    Err(Error::InvalidValue { name: "false positive identification rate", detail })
}

/// Neighbouring points around the first one that satisfies `reached`; the outermost pair beyond the ends.
/// `None` with fewer than two points.
fn segment(
    points: &[OperatingPoint],
    reached: impl Fn(&OperatingPoint) -> bool,
) -> Option<(&OperatingPoint, &OperatingPoint)> {
    let last = points.len().checked_sub(1)?;
    let upper = points.iter().position(reached).unwrap_or(last).max(1);
    points.get(upper - 1).zip(points.get(upper))
}

fn similarity_at(points: &[OperatingPoint], fmr: f64) -> Result<f32> {
    let Some((a, b)) = segment(points, |p| p.fmr <= fmr) else {
        let detail = "the calibration has no operating points".into();
        return Err(Error::InvalidValue { name: "false match rate", detail });
    };
    let share = (fmr.log10() - a.fmr.log10()) / (b.fmr.log10() - a.fmr.log10());
    Ok(a.similarity + share as f32 * (b.similarity - a.similarity))
}

fn log_odds(probability: f32) -> f32 {
    (probability / (1.0 - probability)).ln()
}

/// Score of the comparison of two faces.
///
/// ```
/// use oz_core::face::{ComparisonDecision, ComparisonScore, Threshold};
///
/// let score = ComparisonScore { value: 0.7, similarity: 0.41 };
/// assert_eq!(score.decide(Threshold::default()), ComparisonDecision::Inconclusive);
/// assert_eq!(score.decide(Threshold::sharp(0.7)?), ComparisonDecision::Match);
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ComparisonScore {
    /// Calibrated score, 0..=1; comparable between models, see [`Calibration`].
    pub value: f32,
    /// Cosine similarity, -1..=1; not comparable between models.
    pub similarity: f32,
}

impl ComparisonScore {
    /// Decision at a threshold. A value equal to `threshold.matching()` is a match.
    #[must_use]
    pub fn decide(self, threshold: Threshold) -> ComparisonDecision {
        if self.value >= threshold.matching {
            ComparisonDecision::Match
        } else if self.value < threshold.non_matching {
            ComparisonDecision::NonMatch
        } else {
            ComparisonDecision::Inconclusive
        }
    }
}

/// Pair of scores that separates match, inconclusive and non-match.
///
/// ```
/// use oz_core::face::Threshold;
///
/// let threshold = Threshold::default();
/// assert_eq!((threshold.non_matching(), threshold.matching()), (0.5, 0.85));
/// assert_eq!(Threshold::new(0.9, 0.6).unwrap_err().code(), "input.invalid_value");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    matching: f32,
    non_matching: f32,
}

impl Threshold {
    /// Match at or above `matching`, non-match below `non_matching`, inconclusive between them.
    ///
    /// # Errors
    /// `input.invalid_value` unless `0 <= non_matching <= matching <= 1`.
    pub fn new(non_matching: f32, matching: f32) -> Result<Self> {
        if (0.0..=matching).contains(&non_matching) && matching <= 1.0 {
            return Ok(Self { matching, non_matching });
        }
        let detail = format!("must satisfy 0 <= {non_matching} <= {matching} <= 1");
        Err(Error::InvalidValue { name: "threshold", detail })
    }

    /// A single threshold without an inconclusive range.
    ///
    /// # Errors
    /// `input.invalid_value` unless `0 <= matching <= 1`.
    pub fn sharp(matching: f32) -> Result<Self> {
        Self::new(matching, matching)
    }

    /// Minimum score of a match.
    #[must_use]
    pub fn matching(self) -> f32 {
        self.matching
    }

    /// Score below which two faces are a non-match.
    #[must_use]
    pub fn non_matching(self) -> f32 {
        self.non_matching
    }
}

impl Default for Threshold {
    /// Match from 0.85 (FMR 1e-4 by the model's calibration), non-match below 0.5 (FMR 1e-2).
    fn default() -> Self {
        Self { matching: MATCH_SCORE, non_matching: NON_MATCH_SCORE }
    }
}

/// Decision of a comparison.
///
/// ```
/// use oz_core::face::{ComparisonDecision, ComparisonScore, Threshold};
///
/// let decide = |value| ComparisonScore { value, similarity: 0.4 }.decide(Threshold::default());
/// assert_eq!(decide(0.9), ComparisonDecision::Match);
/// assert_eq!(decide(0.6), ComparisonDecision::Inconclusive); // treat as a refusal
/// assert_eq!(decide(0.1), ComparisonDecision::NonMatch);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonDecision {
    /// Both faces belong to the same person.
    Match,
    /// The faces belong to different people.
    NonMatch,
    /// The score is too high for a non-match and too low for a match.
    Inconclusive,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration() -> Calibration {
        let point = |fmr, similarity| OperatingPoint { fmr, similarity, set: "toy".into() };
        Calibration::from_points(vec![point(1e-3, 0.4), point(1e-2, 0.3)]).unwrap()
    }

    #[test]
    fn scale_meets_its_fixed_points() {
        let calibration = calibration();
        assert!((calibration.score(0.3).value - 0.5).abs() < 1e-5);
        assert!((calibration.score(0.5).value - 0.85).abs() < 1e-5, "1e-4 is a decade beyond the last point");
        let fmr = |similarity| calibration.fmr(similarity).unwrap();
        assert!((fmr(0.4) - 1e-3).abs() < 1e-9);
        assert!((fmr(0.5) - 1e-4).abs() < 1e-9);
        assert!((fmr(0.99) - 1e-5).abs() < 1e-9, "clamped two decades beyond the last point");
        assert_eq!(fmr(-1.0), 1.0);
    }

    #[test]
    fn without_operating_points_there_are_scores_but_no_rates() {
        let unknown = Calibration::uncalibrated(0.3, 9.0).unwrap();
        assert_eq!(unknown.score(0.3).value, 0.5);
        assert!(unknown.score(0.6).value > 0.85);
        assert_eq!(unknown.fmr(0.6), None);
        assert_eq!(unknown.similarity_at(1e-4).unwrap_err().code(), "input.invalid_value");
        assert!(unknown.is_extrapolated(1e-4));
        assert_eq!(unknown.for_search(0.003, 1_000_000).unwrap(), unknown);

        let point = OperatingPoint { fmr: 500.0, similarity: 0.3, set: "toy".into() };
        for points in [vec![point.clone()], vec![point.clone(), point]] {
            let damaged = Calibration { points, ..unknown.clone() };
            let _ = (damaged.fmr(0.3), damaged.similarity_at(1e-4));
        }
        for (center, slope) in [(f32::NAN, 9.0), (0.3, 0.0), (0.3, -9.0), (0.3, f32::INFINITY)] {
            let refused = Calibration::uncalibrated(center, slope).unwrap_err();
            assert_eq!(refused.code(), "input.invalid_value");
        }
    }

    #[test]
    fn decision_has_an_inconclusive_range() {
        let decide = |similarity| calibration().score(similarity).decide(Threshold::default());
        assert_eq!(decide(0.55), ComparisonDecision::Match);
        assert_eq!(decide(0.4), ComparisonDecision::Inconclusive);
        assert_eq!(decide(0.2), ComparisonDecision::NonMatch);
    }

    #[test]
    fn similarity_of_inverts_score() {
        let calibration = calibration();
        assert!((calibration.similarity_of(0.5) - 0.3).abs() < 1e-6);
        assert!((calibration.similarity_of(0.85) - 0.5).abs() < 1e-5);
        assert!((calibration.similarity_at(1e-4).unwrap() - 0.5).abs() < 1e-6);
        assert!(calibration.is_extrapolated(1e-4) && !calibration.is_extrapolated(5e-3));
        for rate in [0.0, 1.0, f64::NAN] {
            assert_eq!(calibration.similarity_at(rate).unwrap_err().code(), "input.invalid_value");
        }
    }

    #[test]
    fn search_threshold_rises_with_the_gallery() {
        // (1 - 0.01)^(1/2) = 0.994987437...
        assert!((fmr_for_fpir(0.01, 2).unwrap() - 0.005_012_562_893_380_1).abs() < 1e-12);
        assert!((fmr_for_fpir(0.25, 1).unwrap() - 0.25).abs() < 1e-12);
        assert!((fmr_for_fpir(1e-3, 1_000_000_000).unwrap() / 1.000_500_333e-12 - 1.0).abs() < 1e-6);
        assert!(
            calibration().similarity_for_search(1e-2, 1000).unwrap()
                > calibration().similarity_for_search(1e-2, 10).unwrap()
        );
        for (fpir, gallery) in [(0.0, 1), (1.0, 1), (0.1, 0), (f64::NAN, 1)] {
            assert_eq!(fmr_for_fpir(fpir, gallery).unwrap_err().code(), "input.invalid_value");
        }
    }

    #[test]
    fn search_calibration_is_never_laxer() {
        let single = calibration();
        assert_eq!(single.for_search(0.003, 0).unwrap(), single);
        assert_eq!(single.for_search(0.003, 1).unwrap(), single);
        let needed = single.similarity_for_search(0.003, 100_000).unwrap();
        let scale = single.for_search(0.003, 100_000).unwrap();
        assert!((scale.score(needed).value - MATCH_SCORE).abs() < 1e-4);
        assert!(scale.score(0.5).value < single.score(0.5).value);
        assert!(single.for_search(0.0, 5).is_err());
    }

    #[test]
    fn thresholds_out_of_order_are_refused() {
        for (low, high) in [(0.9, 0.5), (-0.1, 0.5), (0.5, 1.1), (f32::NAN, 0.5), (0.1, f32::NAN)] {
            assert_eq!(Threshold::new(low, high).unwrap_err().code(), "input.invalid_value");
        }
    }
}
