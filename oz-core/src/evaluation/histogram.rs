//! Histograms of scores.

use serde::Serialize;

use crate::{Error, Result};

/// Histogram with bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Lower edge of the first bin, in the unit of the scores.
    pub low: f64,
    /// Upper edge of the last bin, included in it.
    pub high: f64,
    /// Number of scores per bin, by rising score.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// Counts scores in `bins` bins from `low` to `high`. Scores beyond the edges are counted in the nearest
    /// bin.
    ///
    /// # Errors
    /// `input.invalid_value` unless `bins >= 1` and `low < high`, both finite.
    pub fn new(scores: impl IntoIterator<Item = f64>, low: f64, high: f64, bins: usize) -> Result<Self> {
        let width = (high - low) / bins as f64;
        // False for NaN as well.
        let is_span = width > 0.0 && width.is_finite();
        if !is_span {
            let detail = format!("needs at least 1 bin and low < high, not {bins} bins from {low} to {high}");
            return Err(Error::InvalidValue { name: "histogram", detail });
        }

        let mut counts = vec![0; bins];
        for score in scores {
            counts[(((score - low) / width).max(0.0) as usize).min(bins - 1)] += 1;
        }
        Ok(Self { low, high, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_counted_once() {
        let histogram = Histogram::new([-1.0, 0.0, 0.1, 0.5, 0.99, 1.0, 9.0], 0.0, 1.0, 2).unwrap();
        assert_eq!(histogram.counts, [3, 4]);
    }

    #[test]
    fn bins_without_width_are_refused() {
        for (low, high, bins) in [(0.0, 0.0, 2), (1.0, 0.0, 2), (0.0, 1.0, 0), (f64::NAN, 1.0, 2)] {
            assert_eq!(Histogram::new([0.5], low, high, bins).unwrap_err().code(), "input.invalid_value");
        }
    }
}
