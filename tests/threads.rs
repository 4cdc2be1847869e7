//! Use of one handle by many threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use oz::{Media, Oz};

const THREADS: usize = 8;
const RUNS: usize = 6;

fn features(oz: &Oz) -> Vec<f32> {
    oz.features(Media::from(support::portrait())).unwrap().values().to_vec()
}

/// Results of `work` in each of [`THREADS`] threads.
fn in_each_thread<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(&work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn eight_threads_and_one_thread_give_equal_features() {
    for oz in support::every_oz() {
        let alone = features(&oz);
        for answer in in_each_thread(|| (0..RUNS).map(|_| features(&oz)).collect::<Vec<_>>()).concat() {
            assert_eq!(answer, alone, "{}", oz.engine().name);
        }
    }
}

/// The kernel counts the time in which a thread waits for a core, as on a busy machine, but not the time in
/// which it waits for another thread. Eight threads behind one lock would spend seven eighths of their time
/// in the latter.
#[test]
fn threads_that_share_a_handle_do_not_wait_for_each_other() {
    let name = "threads_that_share_a_handle_do_not_wait_for_each_other";
    if Scheduled::now().is_none() {
        return support::left_out(name, "/proc/thread-self/schedstat is not available");
    }
    for oz in support::every_oz() {
        features(&oz);
        let shares = in_each_thread(|| share_asleep(|| (0..RUNS).for_each(|_| drop(features(&oz)))));
        let mean = shares.iter().sum::<f64>() / THREADS as f64;
        println!("{}: {THREADS} threads sleep for {:.1} % of the time", oz.engine().name, 100.0 * mean);
        assert!(mean < 0.3, "{}: the threads wait for each other: {shares:?}", oz.engine().name);
    }
}

/// The measurement detects threads that wait for each other.
#[test]
fn threads_behind_a_lock_are_measured_as_waiting() {
    if Scheduled::now().is_none() {
        return support::left_out(
            "threads_behind_a_lock_are_measured_as_waiting",
            "schedstat is not available",
        );
    }
    let lock = std::sync::Mutex::new(());
    let behind = || {
        let _held = lock.lock().unwrap();
        std::hint::black_box((0..20_000_000u64).fold(0, |sum, value| std::hint::black_box(sum ^ value)));
    };
    let shares = in_each_thread(|| share_asleep(behind));
    assert!(shares.iter().sum::<f64>() / THREADS as f64 > 0.3, "{shares:?}");
}

/// Share of wall-clock time in which the thread neither ran nor waited for a core.
fn share_asleep(work: impl Fn()) -> f64 {
    let (start, before) = (std::time::Instant::now(), Scheduled::now().unwrap());
    work();
    let (wall, after) = (start.elapsed().as_secs_f64(), Scheduled::now().unwrap());
    (1.0 - (after.seconds - before.seconds) / wall).max(0.0)
}

/// Seconds in which this thread ran or waited for a core.
struct Scheduled {
    seconds: f64,
}

impl Scheduled {
    fn now() -> Option<Self> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let mut nanoseconds = text.split_whitespace().map(str::parse::<u64>);
        let (running, waiting) = (nanoseconds.next()?.ok()?, nanoseconds.next()?.ok()?);
        Some(Self { seconds: (running + waiting) as f64 / 1e9 })
    }
}
