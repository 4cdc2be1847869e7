//! Error versus discard characteristic: how well quality predicts failed comparisons.

use serde::Serialize;

use super::checked_rate;
use crate::{Error, Result};

/// Mated comparison with the quality of its images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatedComparison {
    /// Quality of the worse image; higher is better.
    pub quality: f64,
    /// Comparison score.
    pub score: f64,
}

/// Error rate after the comparisons of lowest quality are discarded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DiscardPoint {
    /// Discarded share, 0..1.
    pub discarded: f64,
    /// FNMR of the remaining comparisons, 0..=1.
    pub fnmr: f64,
}

/// FNMR at `threshold` after discarding each of `shares` (0..1) of the comparisons, lowest quality first. A
/// useful quality measure makes the FNMR fall. Among equal qualities the earlier comparisons are discarded
/// first.
///
/// # Errors
/// `input.invalid_value` when there is no comparison, a number is not finite, or a share is not in 0..1.
///
/// Source: Grother, Tabassi 2007, doi:10.1109/TPAMI.2007.1019; ISO/IEC 29794-1, error versus discard
/// characteristic.
pub fn error_versus_discard(
    mut comparisons: Vec<RatedComparison>,
    threshold: f64,
    shares: &[f64],
) -> Result<Vec<DiscardPoint>> {
    let finite = comparisons.iter().all(|c| c.quality.is_finite() && c.score.is_finite());
    if comparisons.is_empty() || !finite {
        let detail = "needs at least one comparison, finite qualities and finite scores".into();
        return Err(Error::InvalidValue { name: "comparisons", detail });
    }

    comparisons.sort_by(|a, b| a.quality.total_cmp(&b.quality));

    shares
        .iter()
        .map(|share| {
            let discarded = (checked_rate("discarded share", *share)? * comparisons.len() as f64) as usize;
            let kept = &comparisons[discarded..];
            let failed = kept.iter().filter(|comparison| comparison.score < threshold).count();
            Ok(DiscardPoint { discarded: *share, fnmr: super::rates::error_rate(failed, kept.len())? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(pairs: &[(f64, f64)]) -> Vec<RatedComparison> {
        pairs.iter().map(|&(quality, score)| RatedComparison { quality, score }).collect()
    }

    #[test]
    fn rates_match_a_count_by_hand() {
        let comparisons = rated(&[(90.0, 0.9), (10.0, 0.2), (50.0, 0.8), (20.0, 0.3), (70.0, 0.4)]);
        let points = error_versus_discard(comparisons, 0.5, &[0.0, 0.2, 0.4]).unwrap();
        let rates: Vec<_> = points.iter().map(|point| point.fnmr).collect();
        assert_eq!(rates, [0.6, 0.5, 1.0 / 3.0]);
    }

    #[test]
    fn share_that_leaves_no_comparison_is_refused() {
        let all = rated(&[(1.0, 1.0)]);
        for (comparisons, share) in
            [(vec![], 0.0), (all.clone(), 1.0), (all, 1.5), (rated(&[(f64::NAN, 1.0)]), 0.0)]
        {
            let refused = error_versus_discard(comparisons, 0.5, &[share]).unwrap_err();
            assert_eq!(refused.code(), "input.invalid_value");
        }
    }
}
