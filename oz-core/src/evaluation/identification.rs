//! Error rates of open-set identification (1:N): some searches are for subjects who are not enrolled.

use super::checked_rate;
use crate::{Error, Result};

/// Mated search: a search for an enrolled subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatedSearch {
    /// Highest score of the probe with a reference of its own identity.
    pub score: f64,
    /// Rank of that identity in the candidate list, from 1.
    pub rank: usize,
}

/// Results of searches against one gallery.
#[derive(Debug, Clone, PartialEq)]
pub struct Searches {
    gallery: usize,
    mated: Vec<MatedSearch>,
    /// Highest score of each non-mated search, in rising order.
    non_mated: Vec<f64>,
}

impl MatedSearch {
    /// Ranks an identity among the best scores of the other identities. Ties rank below the others.
    #[must_use]
    pub fn new(score: f64, others: impl IntoIterator<Item = f64>) -> Self {
        Self { score, rank: 1 + others.into_iter().filter(|other| *other >= score).count() }
    }
}

impl Searches {
    /// Collects results: score and rank of the right identity for each mated search, the highest score of any
    /// identity for each non-mated search. `gallery` is the number of enrolled identities.
    ///
    /// # Errors
    /// `input.invalid_value` when the gallery is empty, there is no search, or a score is not finite.
    pub fn new(gallery: usize, mated: Vec<MatedSearch>, mut non_mated: Vec<f64>) -> Result<Self> {
        let scores = mated.iter().map(|search| search.score).chain(non_mated.iter().copied());
        let finite = scores.clone().all(f64::is_finite);
        if gallery == 0 || scores.count() == 0 || !finite {
            let detail = "needs at least one enrolled identity, one search, and finite scores".into();
            return Err(Error::InvalidValue { name: "searches", detail });
        }
        non_mated.sort_by(f64::total_cmp);
        Ok(Self { gallery, mated, non_mated })
    }

    /// Number of enrolled identities.
    #[must_use]
    pub fn gallery(&self) -> usize {
        self.gallery
    }

    /// Results of mated searches.
    #[must_use]
    pub fn mated(&self) -> &[MatedSearch] {
        &self.mated
    }

    /// Highest scores of non-mated searches, in rising order.
    #[must_use]
    pub fn non_mated(&self) -> &[f64] {
        &self.non_mated
    }

    /// False positive identification rate (FPIR), 0..=1: share of non-mated searches with a candidate at or
    /// above the threshold.
    ///
    /// # Errors
    /// `input.invalid_value` when there is no non-mated search.
    pub fn fpir(&self, threshold: f64) -> Result<f64> {
        let below = self.non_mated.partition_point(|score| *score < threshold);
        super::rates::error_rate(self.non_mated.len() - below, self.non_mated.len())
    }

    /// False negative identification rate (FNIR), 0..=1: share of mated searches whose identity is not among
    /// the first `rank` candidates at or above the threshold.
    ///
    /// # Errors
    /// `input.invalid_value` when there is no mated search.
    pub fn fnir(&self, rank: usize, threshold: f64) -> Result<f64> {
        let missed = self.mated.iter().filter(|search| search.rank > rank || search.score < threshold);
        super::rates::error_rate(missed.count(), self.mated.len())
    }

    /// Rank-`rank` identification rate, 0..=1: share of mated searches whose identity is among the first
    /// `rank` candidates, without a threshold.
    ///
    /// # Errors
    /// `input.invalid_value` when there is no mated search.
    pub fn identification_rate(&self, rank: usize) -> Result<f64> {
        Ok(1.0 - self.fnir(rank, f64::NEG_INFINITY)?)
    }

    /// Lowest threshold at which the FPIR does not exceed `fpir`.
    ///
    /// # Errors
    /// `input.invalid_value` unless `fpir` is in 0..=1 and there is a non-mated search.
    pub fn threshold_at_fpir(&self, fpir: f64) -> Result<f64> {
        let fpir = checked_rate("FPIR", fpir)?;
        // Refuses an empty list of non-mated searches.
        self.fpir(0.0)?;

        // Equal scores are accepted together, so only the first of them is a possible threshold.
        let count = self.non_mated.len();
        let found = (0..count)
            .filter(|&at| at == 0 || self.non_mated[at - 1] < self.non_mated[at])
            .find(|&at| (count - at) as f64 / count as f64 <= fpir);
        Ok(found.map_or(self.non_mated[count - 1].next_up(), |at| self.non_mated[at]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} differs from {b}");
    }

    /// Five mated and four non-mated searches in a gallery of three.
    fn toy() -> Searches {
        let mated = [(0.9, 1), (0.8, 1), (0.7, 2), (0.4, 1), (0.3, 3)];
        let mated = mated.into_iter().map(|(score, rank)| MatedSearch { score, rank }).collect();
        Searches::new(3, mated, vec![0.6, 0.2, 0.5, 0.5]).unwrap()
    }

    #[test]
    fn rates_match_a_count_by_hand() {
        let toy = toy();
        near(toy.fpir(0.5).unwrap(), 0.75);
        near(toy.fpir(0.55).unwrap(), 0.25);
        near(toy.fnir(1, 0.5).unwrap(), 0.6);
        near(toy.fnir(2, 0.5).unwrap(), 0.4);
        near(toy.identification_rate(1).unwrap(), 0.6);
        near(toy.identification_rate(3).unwrap(), 1.0);
    }

    #[test]
    fn threshold_keeps_the_rate_with_ties() {
        near(toy().threshold_at_fpir(0.25).unwrap(), 0.6);
        near(toy().threshold_at_fpir(0.5).unwrap(), 0.6);
        near(toy().threshold_at_fpir(0.75).unwrap(), 0.5);
        assert_eq!(toy().fpir(toy().threshold_at_fpir(0.0).unwrap()).unwrap(), 0.0);
    }

    #[test]
    fn tie_ranks_below_the_others() {
        assert_eq!(MatedSearch::new(0.5, [0.5, 0.1]).rank, 2);
        assert_eq!(MatedSearch::new(0.5, [0.4, 0.1]).rank, 1);
    }

    #[test]
    fn rates_without_searches_are_refused() {
        assert!(Searches::new(3, vec![], vec![]).is_err());
        assert!(Searches::new(0, vec![], vec![0.1]).is_err());
        assert!(Searches::new(3, vec![], vec![f64::NAN]).is_err());
        let closed = Searches::new(3, vec![MatedSearch { score: 0.5, rank: 1 }], vec![]).unwrap();
        assert_eq!(closed.fpir(0.1).unwrap_err().code(), "input.invalid_value");
        assert!(closed.threshold_at_fpir(0.1).is_err());
        let open = Searches::new(3, vec![], vec![0.1]).unwrap();
        assert_eq!(open.fnir(1, 0.1).unwrap_err().code(), "input.invalid_value");
    }

    proptest! {
        #[test]
        fn rates_are_shares_and_monotone(
            tops in prop::collection::vec(-1.0f64..1.0, 1..40),
            fpir in 0.0f64..1.0,
        ) {
            let mated = tops.iter().map(|score| MatedSearch { score: -score, rank: 1 }).collect();
            let searches = Searches::new(10, mated, tops.clone()).unwrap();
            let thresholds: Vec<f64> = (-10..=10).map(|t| f64::from(t) / 10.0).collect();
            for pair in thresholds.windows(2) {
                prop_assert!(searches.fpir(pair[0]).unwrap() >= searches.fpir(pair[1]).unwrap());
                prop_assert!(searches.fnir(1, pair[0]).unwrap() <= searches.fnir(1, pair[1]).unwrap());
            }
            let threshold = searches.threshold_at_fpir(fpir).unwrap();
            prop_assert!(searches.fpir(threshold).unwrap() <= fpir);
            let lower = searches.non_mated().iter().rfind(|score| **score < threshold);
            prop_assert!(lower.is_none_or(|score| searches.fpir(*score).unwrap() > fpir));
        }
    }
}
