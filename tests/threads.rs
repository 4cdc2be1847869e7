//! One handle, many threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Instant;

use oz::{Media, Oz};

const THREADS: usize = 8;
const RUNS: usize = 6;

fn features(oz: &Oz) -> Vec<f32> {
    oz.features(Media::from(support::portrait())).unwrap().values().to_vec()
}

#[test]
fn eight_threads_on_one_handle_give_the_answers_of_one() {
    for oz in support::every_oz() {
        let alone = features(&oz);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(|| (0..RUNS).map(|_| features(&oz)).collect::<Vec<_>>()))
                .collect();
            for answer in workers.into_iter().flat_map(|worker| worker.join().unwrap()) {
                assert_eq!(answer, alone, "{}", oz.engine().name);
            }
        });
    }
}

/// How much two threads gain depends on what else the machine does, so they are held against plain arithmetic, which
/// shares nothing, in the same seconds. A lock round a model would leave half of that gain at most.
#[test]
fn throughput_grows_with_the_cores() {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return support::left_out("throughput_grows_with_the_cores", "there is one core only");
    }
    for oz in support::every_oz() {
        let analyze = || (0..RUNS).for_each(|_| drop(features(&oz)));
        analyze();
        let share = || gain_of_two_threads(&analyze) / gain_of_two_threads(&arithmetic);
        let enough = (0..8).any(|_| share() > 0.7);
        assert!(enough, "{}: two threads gain less than those of plain arithmetic", oz.engine().name);
    }
}

/// About as long as an analysis.
fn arithmetic() {
    let sum = (0..20_000_000u64).fold(0u64, |sum, value| std::hint::black_box(sum.wrapping_mul(31) ^ value));
    std::hint::black_box(sum);
}

fn gain_of_two_threads(work: &(impl Fn() + Sync)) -> f64 {
    let timed = |threads: usize| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        start.elapsed().as_secs_f64()
    };
    2.0 * timed(1) / timed(2)
}
