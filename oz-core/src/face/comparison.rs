//! From similarity to a decision that says how often it is wrong.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where a threshold comes from: how often impostors reach it, on which data, with which model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// False match rate, 0..=1: the share of pairs of different people whose similarity reaches the threshold.
    pub fmr: f64,
    /// Similarity at which that rate is met, -1..=1.
    pub similarity: f32,
    /// The data that it was measured on, or `extrapolated from ...`.
    pub set: String,
}

/// How a model's similarity becomes a score between 0 and 1 that means the same for every model.
///
/// The score is logistic in the similarity and fixed by two operating points: .85 at FMR 1e-4 (the threshold for a
/// match) and .5 at FMR 1e-2 (below it two faces are taken to be of different people).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Similarity at which the score is .5.
    pub center: f32,
    /// Growth of the score's log-odds for each unit of similarity.
    pub slope: f32,
    /// The points that it was made of, from lax to strict.
    pub points: Vec<OperatingPoint>,
}

/// False match rates that fix the scale of the score.
const FMR_AT_HALF: f64 = 1e-2;
const FMR_AT_MATCH: f64 = 1e-4;
/// Score from which two faces are a match unless the caller says otherwise.
const MATCH_SCORE: f32 = 0.85;
/// Score below which two faces are no match unless the caller says otherwise.
const NON_MATCH_SCORE: f32 = 0.5;

impl Calibration {
    /// Fits the scale to measured operating points of at least two different rates. Rates that were not measured are
    /// read off the line through the nearest two points, similarity over the logarithm of the rate, and noted as such.
    ///
    /// # Errors
    /// `input.invalid_value` when there are fewer than two points or similarity does not grow as the rate falls.
    pub fn from_points(mut points: Vec<OperatingPoint>) -> Result<Self> {
        points.sort_by(|a, b| b.fmr.total_cmp(&a.fmr));
        let growing = points.windows(2).all(|w| w[0].fmr > w[1].fmr && w[0].similarity < w[1].similarity);
        let rates = points.iter().all(|p| p.fmr > 0.0 && p.fmr < 1.0 && p.similarity.is_finite());
        if points.len() < 2 || !growing || !rates {
            let detail =
                "needs two or more rates between 0 and 1, similarity growing as the rate falls".into();
            return Err(Error::InvalidValue { name: "operating points", detail });
        }
        let (half, full) = (similarity_at(&points, FMR_AT_HALF), similarity_at(&points, FMR_AT_MATCH));
        let slope = log_odds(MATCH_SCORE) / (full - half);
        Ok(Self { center: half, slope, points })
    }

    /// The score of a similarity, 0..=1.
    #[must_use]
    pub fn score(&self, similarity: f32) -> ComparisonScore {
        let value = 1.0 / (1.0 + (-self.slope * (similarity - self.center)).exp());
        ComparisonScore { value, similarity }
    }

    /// The similarity at a false match rate: read off the line through the nearest two operating points, however far it
    /// lies beyond them; [`Calibration::is_extrapolated`] says whether it does.
    ///
    /// # Errors
    /// `input.invalid_value` unless `fmr` is above 0 and below 1.
    pub fn similarity_at(&self, fmr: f64) -> Result<f32> {
        if fmr > 0.0 && fmr < 1.0 {
            return Ok(similarity_at(&self.points, fmr));
        }
        let detail = format!("{fmr} is not between 0 and 1");
        Err(Error::InvalidValue { name: "false match rate", detail })
    }

    /// The similarity from which a candidate counts in a search among `gallery` identities, so that a share `fpir` of
    /// searches for somebody who is not enrolled gives one; by [`fmr_for_fpir`].
    ///
    /// # Errors
    /// As [`fmr_for_fpir`].
    pub fn similarity_for_search(&self, fpir: f64, gallery: usize) -> Result<f32> {
        self.similarity_at(fmr_for_fpir(fpir, gallery)?)
    }

    /// The scale for a search among `gallery` references: a share `fpir` of searches for somebody who is not enrolled
    /// reaches the score of a match, or fewer. In small galleries it is this scale, which is the stricter one there; so it is
    /// without operating points, when nothing is known of rates.
    ///
    /// # Errors
    /// `input.invalid_value` unless `fpir` is above 0 and below 1.
    pub fn for_search(&self, fpir: f64, gallery: usize) -> Result<Self> {
        if self.points.len() < 2 {
            return Ok(self.clone());
        }
        let needed = self.similarity_for_search(fpir, gallery.max(1))?;
        let shift = (needed - self.similarity_of(MATCH_SCORE)).max(0.0);
        Ok(Self { center: self.center + shift, ..self.clone() })
    }

    /// Whether a false match rate lies outside those that were measured.
    #[must_use]
    pub fn is_extrapolated(&self, fmr: f64) -> bool {
        let measured = |point: Option<&OperatingPoint>| point.map_or(f64::NAN, |point| point.fmr);
        !(measured(self.points.last())..=measured(self.points.first())).contains(&fmr)
    }

    /// The similarity at which the score has this value, -inf..=inf: the inverse of [`Calibration::score`].
    #[must_use]
    pub fn similarity_of(&self, score: f32) -> f32 {
        self.center + log_odds(score) / self.slope
    }

    /// The false match rate at a similarity: read off the line through the nearest two operating points. Beyond the
    /// strictest measured point the line is followed for two decades and no further: nobody has seen what lies there.
    #[must_use]
    pub fn fmr(&self, similarity: f32) -> f64 {
        let strictest = self.points.last().map_or(0.0, |point| point.fmr);
        let (a, b) = segment(&self.points, |p| similarity <= p.similarity);
        let share = f64::from((similarity - a.similarity) / (b.similarity - a.similarity));
        10f64.powf(a.fmr.log10() + share * (b.fmr.log10() - a.fmr.log10())).clamp(strictest / 100.0, 1.0)
    }
}

/// The false match rate of a single comparison at which a share `fpir` of searches among `gallery` identities gives a false
/// candidate: `1 - (1 - fpir)^(1 / gallery)`, every comparison being wrong or right independently of the others.
///
/// Real comparisons of one probe are not independent: a probe that is like one stranger is like others, so that the true
/// FPIR is somewhat lower. Each identity counts once; with several references each the rate has to be divided among them.
///
/// # Errors
/// `input.invalid_value` unless `fpir` is above 0 and below 1 and the gallery holds somebody.
///
/// Source: Wayman 1999, "Error rate equations for the general biometric system", solved for the single rate.
pub fn fmr_for_fpir(fpir: f64, gallery: usize) -> Result<f64> {
    if fpir > 0.0 && fpir < 1.0 && gallery > 0 {
        // As written above, rates below 1e-16 would be lost to rounding.
        return Ok(-((-fpir).ln_1p() / gallery as f64).exp_m1());
    }
    let detail = format!("{fpir} in a gallery of {gallery}: needs a rate between 0 and 1 and a gallery");
    Err(Error::InvalidValue { name: "false positive identification rate", detail })
}

/// The neighbouring points whose line covers what `reached` asks for; the outermost pair beyond the ends.
fn segment(
    points: &[OperatingPoint],
    reached: impl Fn(&OperatingPoint) -> bool,
) -> (&OperatingPoint, &OperatingPoint) {
    let upper = points.iter().position(reached).unwrap_or(points.len() - 1).max(1);
    (&points[upper - 1], &points[upper])
}

fn similarity_at(points: &[OperatingPoint], fmr: f64) -> f32 {
    let (a, b) = segment(points, |p| p.fmr <= fmr);
    let share = (fmr.log10() - a.fmr.log10()) / (b.fmr.log10() - a.fmr.log10());
    a.similarity + share as f32 * (b.similarity - a.similarity)
}

fn log_odds(probability: f32) -> f32 {
    (probability / (1.0 - probability)).ln()
}

/// How alike two faces are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ComparisonScore {
    /// Calibrated, 0..=1; the same meaning for every model.
    pub value: f32,
    /// The model's own cosine similarity, -1..=1.
    pub similarity: f32,
}

impl ComparisonScore {
    /// The decision at a threshold.
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

/// Scores that separate the decisions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    matching: f32,
    non_matching: f32,
}

impl Threshold {
    /// A match from `matching` upwards, no match below `non_matching`, inconclusive between.
    ///
    /// # Errors
    /// `input.invalid_value` unless `0 <= non_matching <= matching <= 1`.
    pub fn new(non_matching: f32, matching: f32) -> Result<Self> {
        if (0.0..=matching).contains(&non_matching) && matching <= 1.0 {
            return Ok(Self { matching, non_matching });
        }
        let detail = format!("needs 0 <= {non_matching} <= {matching} <= 1");
        Err(Error::InvalidValue { name: "threshold", detail })
    }

    /// One threshold, nothing inconclusive.
    ///
    /// # Errors
    /// `input.invalid_value` unless `matching` is in 0..=1.
    pub fn sharp(matching: f32) -> Result<Self> {
        Self::new(matching, matching)
    }

    /// Score from which two faces match.
    #[must_use]
    pub fn matching(self) -> f32 {
        self.matching
    }

    /// Score below which two faces do not match.
    #[must_use]
    pub fn non_matching(self) -> f32 {
        self.non_matching
    }
}

impl Default for Threshold {
    /// Match from .85 (FMR 1e-4 by the model's calibration), no match below .5 (FMR 1e-2).
    fn default() -> Self {
        Self { matching: MATCH_SCORE, non_matching: NON_MATCH_SCORE }
    }
}

/// What a comparison score means at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonDecision {
    /// The same person.
    Match,
    /// Different people.
    NonMatch,
    /// The score lies where both happen too often to tell.
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
    fn the_scale_meets_its_two_fixed_points() {
        let calibration = calibration();
        assert!((calibration.score(0.3).value - 0.5).abs() < 1e-5);
        assert!(
            (calibration.score(0.5).value - 0.85).abs() < 1e-5,
            "1e-4 lies a decade beyond the last point"
        );
        assert!((calibration.fmr(0.4) - 1e-3).abs() < 1e-9);
        assert!((calibration.fmr(0.5) - 1e-4).abs() < 1e-9);
        assert!((calibration.fmr(0.99) - 1e-5).abs() < 1e-9, "two decades beyond what was measured");
    }

    #[test]
    fn decisions_leave_room_for_doubt() {
        let decide = |similarity| calibration().score(similarity).decide(Threshold::default());
        assert_eq!(decide(0.55), ComparisonDecision::Match);
        assert_eq!(decide(0.4), ComparisonDecision::Inconclusive);
        assert_eq!(decide(0.2), ComparisonDecision::NonMatch);
    }

    #[test]
    fn similarities_and_scores_are_turned_back() {
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
    fn a_search_needs_a_stricter_threshold_the_more_are_enrolled() {
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
    fn the_scale_of_a_search_is_stricter_in_large_galleries_and_never_laxer() {
        let single = calibration();
        assert_eq!(single.for_search(0.003, 0).unwrap(), single);
        assert_eq!(single.for_search(0.003, 1).unwrap(), single);
        let needed = single.similarity_for_search(0.003, 100_000).unwrap();
        let scale = single.for_search(0.003, 100_000).unwrap();
        assert!((scale.score(needed).value - MATCH_SCORE).abs() < 1e-4);
        assert!(scale.score(0.5).value < single.score(0.5).value);
        assert!(single.for_search(0.0, 5).is_err());
        let unknown = Calibration { points: Vec::new(), ..single };
        assert_eq!(unknown.for_search(0.003, 5).unwrap(), unknown);
    }

    #[test]
    fn thresholds_out_of_order_are_refused() {
        for (low, high) in [(0.9, 0.5), (-0.1, 0.5), (0.5, 1.1), (f32::NAN, 0.5), (0.1, f32::NAN)] {
            assert_eq!(Threshold::new(low, high).unwrap_err().code(), "input.invalid_value");
        }
    }
}
