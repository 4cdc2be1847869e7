//! Measurement of processor time, which other programs on a busy machine do not distort.

use std::fs;
use std::time::{Duration, Instant};

/// Ticks per second in `/proc/*/stat`, identical on every Linux that Rust supports.
const TICKS: u64 = 100;

/// Stopwatch of processor time. On systems without `/proc` it measures wall-clock time.
#[derive(Debug)]
pub struct Stopwatch {
    stat: String,
    start: Reading,
}

#[derive(Debug)]
enum Reading {
    Processor(Duration),
    Wall(Instant),
}

impl Stopwatch {
    /// Starts measuring the calling thread.
    #[must_use]
    pub fn thread() -> Self {
        // The link resolves to the thread ID, so that another thread may read the stopwatch.
        let link = fs::read_link("/proc/thread-self");
        Self::on(link.map_or_else(|_| String::new(), |link| format!("/proc/{}/stat", link.display())))
    }

    /// Starts measuring all threads of the process `id`.
    #[must_use]
    pub fn process(id: u32) -> Self {
        Self::on(format!("/proc/{id}/stat"))
    }

    fn on(stat: String) -> Self {
        let start = processor(&stat).map_or_else(|| Reading::Wall(Instant::now()), Reading::Processor);
        Self { stat, start }
    }

    /// Time spent since the start; zero once the process or thread has ended.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match self.start {
            Reading::Processor(start) => processor(&self.stat).unwrap_or(start).saturating_sub(start),
            Reading::Wall(start) => start.elapsed(),
        }
    }
}

/// User plus system time: fields 14 and 15 of a line whose second field, in brackets, is arbitrary.
fn processor(stat: &str) -> Option<Duration> {
    let line = fs::read_to_string(stat).ok()?;
    let (_, fields) = line.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loop ends only if the stopwatch advances.
    #[test]
    fn stopwatch_advances_with_work() {
        let (thread, process) = (Stopwatch::thread(), Stopwatch::process(std::process::id()));
        let mut sum = 0u64;
        while thread.elapsed() < Duration::from_millis(30) {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 1);
        }
        assert!(process.elapsed() >= Duration::from_millis(20));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn ended_process_has_no_elapsed_time() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let watch = Stopwatch::process(child.id());
        assert!(matches!(watch.start, Reading::Processor(_)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(watch.elapsed(), Duration::ZERO);
    }
}
