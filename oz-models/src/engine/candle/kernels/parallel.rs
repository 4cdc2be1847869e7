//! Distribution of an output among threads.

use std::fmt;

use rayon::prelude::*;

/// Threads of a session.
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
    /// The caller's thread only.
    pub(in crate::engine::candle) fn one() -> Self {
        Self { pool: None, count: 1 }
    }

    /// A pool of `count` threads; up to 1 means the caller's thread.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub(in crate::engine::candle) fn new(count: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        if count <= 1 {
            return Ok(Self::one());
        }
        let name = |number| format!("oz-candle-{number}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).thread_name(name).build()?;
        Ok(Self { pool: Some(pool), count })
    }

    /// Calls `work(first_item, items)` for disjoint runs of items of `item_len` values that together make up
    /// `output`.
    ///
    /// `cost` is the approximate number of multiplications per item; every thread gets at least `MIN_COST` of
    /// them.
    pub(super) fn split<F>(&self, output: &mut [f32], item_len: usize, cost: usize, work: F)
    where
        F: Fn(usize, &mut [f32]) + Sync,
    {
        // Less work does not pay for another thread.
        const MIN_COST: usize = 1 << 17;

        if output.is_empty() || item_len == 0 {
            return;
        }

        let items = output.len() / item_len;
        let runs = self.count.min(items).min(items.saturating_mul(cost) / MIN_COST);
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
