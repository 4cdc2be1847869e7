//! Damaged, hostile and unsupported files given to the `oz` program: each yields a report or a stable error
//! code, within limits of time and memory. The peak memory of the process is read from `/proc`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/support/mod.rs"]
mod support;

#[cfg(not(target_os = "linux"))]
#[test]
fn invalid_files_are_processed_within_limits_of_time_and_memory() {
    support::left_out(
        "invalid_files_are_processed_within_limits_of_time_and_memory",
        "requires /proc of Linux",
    );
}

#[cfg(target_os = "linux")]
#[path = "support/running.rs"]
mod running;

#[cfg(target_os = "linux")]
mod linux {
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use oz_media::testing::{Specimen, Stopwatch, bad};
    use serde_json::Value;

    use super::running::Running;

    /// Maximum processor time for one file.
    const MAX_TIME: Duration = Duration::from_secs(2);
    /// Wall-clock time after which the program is considered to hang.
    const TIMEOUT: Duration = Duration::from_secs(120);
    /// Maximum peak memory of the process, in KiB.
    const MAX_MEMORY: u64 = 512 << 10;

    fn write_all(specimens: &[Specimen], folder: &Path) -> Vec<PathBuf> {
        let write = |(number, specimen): (usize, &Specimen)| {
            let path = folder.join(number.to_string());
            std::fs::write(&path, &specimen.bytes).unwrap();
            path
        };
        specimens.iter().enumerate().map(write).collect()
    }

    /// Error code of a failure; empty for a report.
    fn code(answer: &Value) -> &str {
        match answer["schema"].as_str() {
            Some("oz.failure/1") => answer["code"].as_str().unwrap(),
            Some("oz.analysis/1") => "",
            _ => panic!("{answer}"),
        }
    }

    #[test]
    fn invalid_files_are_processed_within_limits_of_time_and_memory() {
        let specimens = bad();
        assert!(specimens.len() >= 60, "{} invalid files", specimens.len());
        let folder = tempfile::tempdir().unwrap();
        let first = super::support::portrait();
        let files: Vec<_> = [first].into_iter().chain(write_all(&specimens, folder.path())).collect();
        let program = Running::start(&["--engine", "candle"], &files);
        let portrait = program.answer(TIMEOUT).expect("the portrait is analysed");
        assert_eq!(code(&portrait), "");

        let mut wrong = Vec::new();
        let mut slowest = (Duration::ZERO, "");
        for Specimen { name, allowed, .. } in &specimens {
            let watch = Stopwatch::process(program.id());
            let answer = program.answer(TIMEOUT).unwrap_or_else(|| panic!("{name}: timeout"));
            let took = watch.elapsed();
            slowest = slowest.max((took, name.as_str()));
            if took > MAX_TIME {
                wrong.push(format!("{name}: took {took:?}"));
            }
            if !allowed.contains(&code(&answer)) {
                wrong.push(format!("{name}: `{}`, not one of {allowed:?}", code(&answer)));
            }
        }

        let peak = program.peak();
        println!("{} invalid files, slowest {slowest:?}, peak memory {} MiB", specimens.len(), peak >> 10);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(peak < MAX_MEMORY, "{} MiB", peak >> 10);
    }
}
