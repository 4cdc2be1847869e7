//! How far a rate would move if other people had been there.

use serde::Serialize;

use crate::{Error, Result};

/// Bounds between which a rate lies with the confidence asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Draws whole groups again and again, with replacement, and looks how a rate moves.
///
/// Frames of one capture set, or pictures of one person, fail together: drawing them one by one would make intervals far
/// too narrow. So what is drawn is the group. Bounds are percentiles of the rates drawn; with fewer than about 20 groups
/// they tend to be too narrow, and with fewer than two there are none. A rate of 0 has the interval 0..0, for which
/// [`rule_of_three`](super::rates::rule_of_three) gives an honest upper bound.
///
/// Source: Efron, Tibshirani 1993, "An introduction to the bootstrap", 13.3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How often all groups are drawn.
    pub replicates: usize,
    /// Share of intervals that shall hold the true rate, above 0 and below 1.
    pub confidence: f64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { replicates: 1000, confidence: 0.95 }
    }
}

impl Bootstrap {
    /// Intervals of several rates at once. `rates` is told how often each group was drawn and gives each rate, or none
    /// where the draw holds nothing to tell it from; a rate that more than half of the draws could not tell has no
    /// interval.
    ///
    /// # Errors
    /// `input.invalid_value` when nothing is to be drawn or the confidence is not between 0 and 1.
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
        let mut seen: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(self.replicates));
        let mut drawn = vec![0; groups];
        for _ in 0..self.replicates {
            draw(&mut drawn, random);
            for (seen, rate) in seen.iter_mut().zip(rates(&drawn)) {
                seen.extend(rate);
            }
        }
        Ok(seen.map(|rates| self.percentiles(rates)))
    }

    /// The interval of one rate; see [`Bootstrap::intervals`].
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
        let detail = format!("{} draws at confidence {}", self.replicates, self.confidence);
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

/// Counts how often each group comes up in as many draws as there are groups.
fn draw(drawn: &mut [u32], random: &mut SplitMix64) {
    drawn.fill(0);
    for _ in 0..drawn.len() {
        drawn[random.below(drawn.len())] += 1;
    }
}

/// The value below which a share of rising values lies, straight between neighbours.
fn quantile(rising: &[f64], share: f64) -> f64 {
    let place = share * (rising.len() - 1) as f64;
    let (below, above) = (rising[place.floor() as usize], rising[place.ceil() as usize]);
    below + place.fract() * (above - below)
}

/// Numbers without pattern from a seed: the same seed, the same intervals.
///
/// Source: Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195. Not for secrets.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at least 1. Uniform but for one part in 2^64 / `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{Trial, Trials};

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix64::new(1_234_567);
        let first = [random.next_u64(), random.next_u64(), random.next_u64()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let trials = clustered(&mut SplitMix64::new(7), 40);
        let interval = |seed| {
            let rate = |drawn: &[u32]| Some(trials.resampled(drawn)?.fnmr(0.5));
            Bootstrap::default().interval(40, &mut SplitMix64::new(seed), rate).unwrap().unwrap()
        };
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1), interval(2));
    }

    #[test]
    fn one_group_says_nothing_of_others() {
        let never = |_: &[u32]| Some(0.5);
        assert_eq!(Bootstrap::default().interval(1, &mut SplitMix64::new(1), never).unwrap(), None);
        let untold = |_: &[u32]| None;
        assert_eq!(Bootstrap::default().interval(9, &mut SplitMix64::new(1), untold).unwrap(), None);
    }

    #[test]
    fn settings_without_meaning_are_refused() {
        for (replicates, confidence) in [(0, 0.95), (10, 0.0), (10, 1.0), (10, f64::NAN)] {
            let odd = Bootstrap { replicates, confidence };
            let refused = odd.interval(3, &mut SplitMix64::new(1), |_| Some(0.0)).unwrap_err();
            assert_eq!(refused.code(), "input.invalid_value");
        }
    }

    /// A number between 0 and 1.
    fn uniform(random: &mut SplitMix64) -> f64 {
        (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Sets whose error rates differ, .2 on average, ten frames each: frames of a set fail together.
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

    /// Share of simulated evaluations whose 95 % interval holds the true rate.
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
    fn intervals_over_sets_hold_the_truth_as_often_as_promised() {
        // 300 runs tell 95 % to within 2.5 % (two standard deviations); 40 sets cost about another 1.5 %.
        let share = coverage(|trial, _| trial.groups[0]);
        assert!((0.91..=0.985).contains(&share), "{share}");
    }

    #[test]
    fn intervals_over_frames_would_promise_too_much() {
        let share = coverage(|_, frame| frame);
        assert!(share < 0.91, "{share}: frames of a set are not independent");
    }
}
