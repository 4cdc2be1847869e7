//! Bootstrap confidence intervals of error rates.

use serde::Serialize;

use crate::{Error, Result};

/// Confidence interval of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Percentile bootstrap over groups: draws whole groups with replacement and takes percentiles of the
/// resulting rates.
///
/// Frames of one capture set, or pictures of one person, fail together, so resampling them individually would
/// make the intervals far too narrow. With fewer than about 20 groups the intervals still tend to be too
/// narrow; with fewer than two there is no interval. A rate of 0 has the interval 0..0; use
/// [`rule_of_three`](super::rates::rule_of_three) for an upper bound.
///
/// Source: Efron, Tibshirani 1993, "An introduction to the bootstrap", 13.3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of bootstrap samples. Default 1000.
    pub replicates: usize,
    /// Confidence level, above 0 and below 1: share of intervals that contain the true rate. Default 0.95.
    pub confidence: f64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { replicates: 1000, confidence: 0.95 }
    }
}

impl Bootstrap {
    /// Intervals of several rates from the same samples.
    ///
    /// `rates` receives how often each group was drawn and returns each rate, or `None` where the sample does
    /// not determine it. A rate that is undetermined in more than half of the samples has no interval.
    ///
    /// # Errors
    /// `input.invalid_value` unless `replicates >= 1` and `0 < confidence < 1`.
    pub fn intervals<const N: usize>(
        &self,
        groups: usize,
        random: &mut SplitMix64,
        mut rates: impl FnMut(&[u32]) -> [Option<f64>; N],
    ) -> Result<[Option<Interval>; N]> {
        self.check()?;
        if groups < 2 {
            return Ok([None; N]);
        }

        let mut samples: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(self.replicates));
        let mut drawn = vec![0; groups];
        for _ in 0..self.replicates {
            draw(&mut drawn, random);
            for (sample, rate) in samples.iter_mut().zip(rates(&drawn)) {
                sample.extend(rate);
            }
        }

        Ok(samples.map(|rates| self.percentiles(rates)))
    }

    /// Interval of one rate; see [`Bootstrap::intervals`].
    ///
    /// # Errors
    /// As [`Bootstrap::intervals`].
    pub fn interval(
        &self,
        groups: usize,
        random: &mut SplitMix64,
        mut rate: impl FnMut(&[u32]) -> Option<f64>,
    ) -> Result<Option<Interval>> {
        let [interval] = self.intervals(groups, random, |drawn| [rate(drawn)])?;
        Ok(interval)
    }

    fn check(&self) -> Result<()> {
        if self.replicates > 0 && self.confidence > 0.0 && self.confidence < 1.0 {
            return Ok(());
        }
        let detail = format!(
            "needs at least 1 replicate and a confidence between 0 and 1, not {} and {}",
            self.replicates, self.confidence
        );
        Err(Error::InvalidValue { name: "bootstrap", detail })
    }

    fn percentiles(&self, mut rates: Vec<f64>) -> Option<Interval> {
        if rates.len() * 2 < self.replicates {
            return None;
        }
        rates.sort_by(f64::total_cmp);
        let tail = (1.0 - self.confidence) / 2.0;
        Some(Interval { low: quantile(&rates, tail), high: quantile(&rates, 1.0 - tail) })
    }
}

/// Draws as many groups as there are, with replacement, and counts how often each was drawn.
fn draw(drawn: &mut [u32], random: &mut SplitMix64) {
    drawn.fill(0);
    for _ in 0..drawn.len() {
        drawn[random.below(drawn.len())] += 1;
    }
}

/// Quantile of rising values, interpolated linearly between neighbours.
fn quantile(rising: &[f64], share: f64) -> f64 {
    let place = share * (rising.len() - 1) as f64;
    let (below, above) = (rising[place.floor() as usize], rising[place.ceil() as usize]);
    below + place.fract() * (above - below)
}

/// Pseudorandom number generator: equal seeds give equal intervals. Not cryptographically secure.
///
/// Source: Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Creates a generator from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Next number, uniform over all 64-bit values.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Number below `bound`, which must be at least 1. The bias is at most `bound` / 2^64.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{Trial, Trials};

    #[test]
    fn generator_matches_published_values() {
        let mut random = SplitMix64::new(1_234_567);
        let first = [random.next_u64(), random.next_u64(), random.next_u64()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn equal_seeds_give_equal_intervals() {
        let trials = clustered(&mut SplitMix64::new(7), 40);
        let interval = |seed| {
            let rate = |drawn: &[u32]| Some(trials.resampled(drawn)?.fnmr(0.5));
            Bootstrap::default().interval(40, &mut SplitMix64::new(seed), rate).unwrap().unwrap()
        };
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1), interval(2));
    }

    #[test]
    fn single_group_has_no_interval() {
        let constant = |_: &[u32]| Some(0.5);
        assert_eq!(Bootstrap::default().interval(1, &mut SplitMix64::new(1), constant).unwrap(), None);
    }

    #[test]
    fn undetermined_rate_has_no_interval() {
        let undetermined = |_: &[u32]| None;
        assert_eq!(Bootstrap::default().interval(9, &mut SplitMix64::new(1), undetermined).unwrap(), None);
    }

    #[test]
    fn invalid_settings_are_refused() {
        for (replicates, confidence) in [(0, 0.95), (10, 0.0), (10, 1.0), (10, f64::NAN)] {
            let odd = Bootstrap { replicates, confidence };
            let refused = odd.interval(3, &mut SplitMix64::new(1), |_| Some(0.0)).unwrap_err();
            assert_eq!(refused.code(), "input.invalid_value");
        }
    }

    /// A uniform number in 0..1.
    fn uniform(random: &mut SplitMix64) -> f64 {
        (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Sets with different error rates, 0.2 on average, of ten frames per class: frames of a set fail
    /// together.
    fn clustered(random: &mut SplitMix64, sets: usize) -> Trials {
        let mut trials = Vec::new();
        for set in 0..sets {
            let rate = 0.4 * uniform(random);
            for target in [true, false] {
                let frame = |_| {
                    let wrong = uniform(random) < rate;
                    Trial { score: f64::from(u8::from(wrong != target)), target, groups: [set; 2] }
                };
                trials.extend((0..10).map(frame));
            }
        }
        Trials::new(trials).unwrap()
    }

    /// Share of simulated evaluations whose 95 % interval contains the true rate.
    fn coverage(groups_of: impl Fn(&Trial, usize) -> usize) -> f64 {
        const RUNS: usize = 300;
        let mut random = SplitMix64::new(20);
        let bootstrap = Bootstrap { replicates: 300, confidence: 0.95 };
        let holds = |_: &usize| {
            let plain = clustered(&mut random, 40);
            let grouped = plain.rising().iter().enumerate();
            let grouped = grouped.map(|(at, trial)| Trial { groups: [groups_of(trial, at); 2], ..*trial });
            let trials = Trials::new(grouped.collect()).unwrap();
            let rate = |drawn: &[u32]| Some(trials.resampled(drawn)?.fnmr(0.5));
            let interval = bootstrap.interval(trials.groups(), &mut random, rate).unwrap().unwrap();
            (interval.low..=interval.high).contains(&0.2)
        };
        (0..RUNS).filter(holds).count() as f64 / RUNS as f64
    }

    #[test]
    fn intervals_over_sets_have_the_nominal_coverage() {
        // 300 runs measure 95 % to within 2.5 % (two standard deviations); 40 sets cost about another 1.5 %.
        let share = coverage(|trial, _| trial.groups[0]);
        assert!((0.91..=0.985).contains(&share), "{share}");
    }

    #[test]
    fn intervals_over_frames_are_too_narrow() {
        let share = coverage(|_, frame| frame);
        assert!(share < 0.91, "{share}: frames of a set are not independent");
    }
}
