//! Parallel work on many inputs.

use std::sync::{Mutex, PoisonError, mpsc};

/// Applies `work` to each input on as many threads as there are cores; results are in the order of the
/// inputs.
pub(crate) fn in_parallel<I: Send, O: Send>(inputs: Vec<I>, work: impl Fn(I) -> O + Sync) -> Vec<O> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(inputs.len());
    let queue = Mutex::new(inputs.into_iter().enumerate());
    // The lock is released before the work on the input starts.
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (sender, receiver) = mpsc::channel();

    let mut outputs: Vec<(usize, O)> = std::thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                while let Some((at, input)) = next() {
                    // The receiver lives until all threads have ended.
                    let _ = sender.send((at, work(input)));
                }
            });
        }
        drop(sender);
        receiver.iter().collect()
    });

    outputs.sort_by_key(|(at, _)| *at);
    outputs.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_inputs() {
        // The first inputs take longest, so that later ones finish earlier.
        let sums =
            in_parallel((0..100_u64).collect(), |n| (0..(100 - n) * 10_000).fold(n, u64::wrapping_add));
        let expected: Vec<u64> =
            (0..100).map(|n| (0..(100 - n) * 10_000).fold(n, u64::wrapping_add)).collect();
        assert_eq!(sums, expected);
        assert!(in_parallel(Vec::<u8>::new(), |n| n).is_empty());
    }
}
