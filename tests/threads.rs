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

/// Two threads must beat one clearly where there are two cores to run on; noise of the machine is met by trying again.
#[test]
fn throughput_grows_with_the_cores() {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return support::left_out("throughput_grows_with_the_cores", "there is one core only");
    }
    for oz in support::every_oz() {
        features(&oz);
        let gain = (0..5).map(|_| gain_of_two_threads(&oz)).fold(0.0, f64::max);
        assert!(gain > 1.3, "{}: two threads do {gain:.2} x the work of one", oz.engine().name);
    }
}

fn gain_of_two_threads(oz: &Oz) -> f64 {
    let timed = |threads: usize| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..RUNS).for_each(|_| drop(features(oz))));
            }
        });
        start.elapsed().as_secs_f64()
    };
    2.0 * timed(1) / timed(2)
}
