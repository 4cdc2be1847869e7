//! Time on a processor: unlike time on the wall, other programs on a busy machine do not stretch it.

use std::fs;
use std::time::{Duration, Instant};

/// Ticks of `/proc/*/stat` in a second; the same on every Linux that Rust supports.
const TICKS: u64 = 100;

/// Measures what work costs. On systems without `/proc` it falls back on the wall clock.
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
    /// Starts to measure the thread that calls.
    #[must_use]
    pub fn thread() -> Self {
        // Read through the number of the thread, so that the watch may be read by another one.
        let link = fs::read_link("/proc/thread-self");
        Self::on(link.map_or_else(|_| String::new(), |link| format!("/proc/{}/stat", link.display())))
    }

    /// Starts to measure all threads of a process.
    #[must_use]
    pub fn process(id: u32) -> Self {
        Self::on(format!("/proc/{id}/stat"))
    }

    fn on(stat: String) -> Self {
        let start = processor(&stat).map_or_else(|| Reading::Wall(Instant::now()), Reading::Processor);
        Self { stat, start }
    }

    /// What was spent since the start. A process that has ended costs nothing more.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match self.start {
            Reading::Processor(start) => processor(&self.stat).unwrap_or(start).saturating_sub(start),
            Reading::Wall(start) => start.elapsed(),
        }
    }
}

/// User and system time; fields 14 and 15 of a line whose second field, in brackets, may hold anything.
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

    /// Ends when the watch has gone on; a watch that stands still would hang here.
    #[test]
    fn work_makes_it_go_on_and_waiting_does_not() {
        let (thread, process) = (Stopwatch::thread(), Stopwatch::process(std::process::id()));
        let mut sum = 0u64;
        while thread.elapsed() < Duration::from_millis(30) {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 1);
        }
        assert!(process.elapsed() >= Duration::from_millis(20));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_has_ended_costs_nothing_more() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let watch = Stopwatch::process(child.id());
        assert!(matches!(watch.start, Reading::Processor(_)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(watch.elapsed(), Duration::ZERO);
    }
}
