//! How scores are spread.

use serde::Serialize;

use crate::{Error, Result};

/// Numbers of scores in bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Lower edge of the first bin, in the unit of the scores.
    pub low: f64,
    /// Upper edge of the last bin, which holds it too.
    pub high: f64,
    /// Scores in each bin.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// Counts scores between two edges; a score beyond them goes to the nearest bin, so that none is lost.
    ///
    /// # Errors
    /// `input.invalid_value` unless there is a bin and `low < high`, both finite.
    pub fn new(scores: impl IntoIterator<Item = f64>, low: f64, high: f64, bins: usize) -> Result<Self> {
        let width = (high - low) / bins as f64;
        // A comparison with NaN is false, so this holds for finite edges in order only.
        let is_span = width > 0.0 && width.is_finite();
        if !is_span {
            let detail = format!("{bins} bins from {low} to {high}");
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
