//! Splitting an output among threads.

use std::fmt;

use rayon::prelude::*;

/// The threads that a session may use.
pub(in crate::engine::candle) struct Threads {
    pool: Option<rayon::ThreadPool>,
    count: usize,
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({})", self.count)
    }
}

impl Threads {
    /// Work on the caller's thread.
    pub(in crate::engine::candle) fn one() -> Self {
        Self { pool: None, count: 1 }
    }

    /// A pool of `count` threads, or none when one is enough.
    pub(in crate::engine::candle) fn new(count: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        if count <= 1 {
            return Ok(Self::one());
        }
        let name = |number| format!("oz-candle-{number}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).thread_name(name).build()?;
        Ok(Self { pool: Some(pool), count })
    }

    /// Calls `work(first_item, items)` for runs of items of `item_len` values that together are `output`.
    ///
    /// `cost` is about the number of multiplications for one item: little work is not worth a second thread.
    pub(super) fn split<F>(&self, output: &mut [f32], item_len: usize, cost: usize, work: F)
    where
        F: Fn(usize, &mut [f32]) + Sync,
    {
        const WORTH_IT: usize = 1 << 17;
        if output.is_empty() || item_len == 0 {
            return;
        }
        let items = output.len() / item_len;
        let runs = self.count.min(items).min(items.saturating_mul(cost) / WORTH_IT);
        let Some(pool) = self.pool.as_ref().filter(|_| runs > 1) else {
            return work(0, output);
        };
        let per_run = items.div_ceil(runs);
        pool.install(|| {
            output
                .par_chunks_mut(per_run * item_len)
                .enumerate()
                .for_each(|(run, output)| work(run * per_run, output));
        });
    }
}
