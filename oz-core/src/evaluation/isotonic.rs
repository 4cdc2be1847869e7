//! Isotonic regression: the best calibration that any rising function of the scores can reach.

use super::Trial;

/// Counts of trials with neighbouring scores.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Targets in the block.
    pub targets: f64,
    /// Non-targets in the block.
    pub non_targets: f64,
}

impl Block {
    /// Share of targets, 0..=1.
    fn share(self) -> f64 {
        self.targets / (self.targets + self.non_targets)
    }
}

/// Pools trials, by rising score, into blocks until the share of targets rises from block to block. Equal
/// scores share a block.
///
/// Source: Ayer et al. 1955, doi:10.1214/aoms/1177728423, "pool adjacent violators"; for likelihood ratios
/// Brümmer and du Preez 2006, doi:10.1016/j.csl.2005.08.001.
pub(super) fn pooled(rising: &[Trial]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for ties in rising.chunk_by(|a, b| a.score == b.score) {
        let targets = ties.iter().filter(|trial| trial.target).count() as f64;
        let mut block = Block { targets, non_targets: ties.len() as f64 - targets };
        while let Some(last) = blocks.pop_if(|last| last.share() >= block.share()) {
            block.targets += last.targets;
            block.non_targets += last.non_targets;
        }
        blocks.push(block);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Trials;

    #[test]
    fn shares_rise_and_every_trial_is_counted() {
        let trials = Trials::from_scores(&[0.2, 0.5, 0.5, 0.9], &[0.1, 0.3, 0.5, 0.8]).unwrap();
        let blocks = pooled(trials.rising());
        assert!(blocks.windows(2).all(|pair| pair[0].share() < pair[1].share()));
        let sum = |of: fn(&Block) -> f64| blocks.iter().map(of).sum::<f64>();
        assert_eq!((sum(|b| b.targets), sum(|b| b.non_targets)), (4.0, 4.0));
        assert_eq!(blocks.first().map(|b| (b.targets, b.non_targets)), Some((0.0, 1.0)));
        assert_eq!(blocks.last().map(|b| (b.targets, b.non_targets)), Some((1.0, 0.0)));
    }
}
