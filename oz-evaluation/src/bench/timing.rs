//! Repeated runs and their times.

use std::time::{Duration, Instant};

use super::plan::BenchPlan;

/// Times of the runs of one row, in milliseconds, ascending.
pub(super) struct Times(Vec<f64>);

impl Times {
    pub(super) fn new(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    pub(super) fn runs(&self) -> usize {
        self.0.len()
    }

    /// Median; of an even number of runs the mean of the middle two.
    pub(super) fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len().is_multiple_of(2) {
            (self.0[middle - 1] + self.0[middle]) / 2.0
        } else {
            self.0[middle]
        }
    }

    /// 95th percentile by nearest rank.
    pub(super) fn p95(&self) -> f64 {
        self.0[(self.0.len() * 95).div_ceil(100) - 1]
    }
}

/// Repeats `run` as often as the plan asks for, at least once, and returns its results.
pub(super) fn repeat<T, E>(plan: &BenchPlan, mut run: impl FnMut() -> Result<T, E>) -> Result<Vec<T>, E> {
    let start = Instant::now();
    let mut results = vec![run()?];
    while results.len() < plan.iterations.get() && start.elapsed() < plan.time_limit {
        results.push(run()?);
    }
    Ok(results)
}

/// Runs once and returns the result with its time in milliseconds.
pub(super) fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, milliseconds(start.elapsed()))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn times(count: u32) -> Times {
        Times::new((1..=count).rev().map(f64::from).collect())
    }

    #[test]
    fn median_and_percentile_of_few_and_many_runs() {
        assert_eq!((times(1).median(), times(1).p95()), (1.0, 1.0));
        assert_eq!((times(4).median(), times(4).p95()), (2.5, 4.0));
        assert_eq!((times(101).median(), times(100).p95()), (51.0, 95.0));
    }

    #[test]
    fn runs_end_at_the_number_or_at_the_time_limit() {
        let run = || Ok::<_, ()>(());
        let plan = BenchPlan { iterations: NonZeroUsize::new(3).unwrap(), ..BenchPlan::default() };
        assert_eq!(repeat(&plan, run).unwrap().len(), 3);
        let plan = BenchPlan { time_limit: Duration::ZERO, ..plan };
        assert_eq!(repeat(&plan, run).unwrap().len(), 1);
    }
}
