//! One handle, many threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use oz::{Media, Oz};

const THREADS: usize = 8;
const RUNS: usize = 6;

fn features(oz: &Oz) -> Vec<f32> {
    oz.features(Media::from(support::portrait())).unwrap().values().to_vec()
}

/// What `work` makes in each of [`THREADS`] threads.
fn in_each_thread<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(&work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn eight_threads_on_one_handle_give_the_answers_of_one() {
    for oz in support::every_oz() {
        let alone = features(&oz);
        for answer in in_each_thread(|| (0..RUNS).map(|_| features(&oz)).collect::<Vec<_>>()).concat() {
            assert_eq!(answer, alone, "{}", oz.engine().name);
        }
    }
}

/// The kernel tells a thread that waits for a core, as on a busy machine, from one that waits for another thread. Eight
/// threads behind one lock would spend seven eighths of their time in that.
#[test]
fn threads_on_one_handle_do_not_wait_for_each_other() {
    let name = "threads_on_one_handle_do_not_wait_for_each_other";
    if Scheduled::now().is_none() {
        return support::left_out(name, "this system does not tell how long a thread waits for a core");
    }
    for oz in support::every_oz() {
        features(&oz);
        let shares = in_each_thread(|| share_asleep(|| (0..RUNS).for_each(|_| drop(features(&oz)))));
        let mean = shares.iter().sum::<f64>() / THREADS as f64;
        println!("{}: {THREADS} threads sleep {:.1} % of their time", oz.engine().name, 100.0 * mean);
        assert!(mean < 0.3, "{}: the threads wait for each other: {shares:?}", oz.engine().name);
    }
}

/// The measure finds what it looks for.
#[test]
fn threads_behind_a_lock_are_seen_to_wait() {
    if Scheduled::now().is_none() {
        return support::left_out("threads_behind_a_lock_are_seen_to_wait", "as above");
    }
    let lock = std::sync::Mutex::new(());
    let behind = || {
        let _held = lock.lock().unwrap();
        std::hint::black_box((0..20_000_000u64).fold(0, |sum, value| std::hint::black_box(sum ^ value)));
    };
    let shares = in_each_thread(|| share_asleep(behind));
    assert!(shares.iter().sum::<f64>() / THREADS as f64 > 0.3, "{shares:?}");
}

/// The share of the time on the wall in which the thread neither ran nor waited for a core.
fn share_asleep(work: impl Fn()) -> f64 {
    let (start, before) = (std::time::Instant::now(), Scheduled::now().unwrap());
    work();
    let (wall, after) = (start.elapsed().as_secs_f64(), Scheduled::now().unwrap());
    (1.0 - (after.seconds - before.seconds) / wall).max(0.0)
}

/// Seconds that this thread has run or waited for a core.
struct Scheduled {
    seconds: f64,
}

impl Scheduled {
    fn now() -> Option<Self> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let mut nanoseconds = told.split_whitespace().map(str::parse::<u64>);
        let (running, waiting) = (nanoseconds.next()?.ok()?, nanoseconds.next()?.ok()?);
        Some(Self { seconds: (running + waiting) as f64 / 1e9 })
    }
}
