//! Damaged, hostile and foreign files through the `oz` program: each is answered soon, with a stable code or
//! a report, within a bound on memory. The peak of a process's memory is read from `/proc`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/support/mod.rs"]
mod support;

#[cfg(not(target_os = "linux"))]
#[test]
fn bad_files_are_answered_soon_and_within_bounded_memory() {
    support::left_out("bad_files_are_answered_soon_and_within_bounded_memory", "it needs /proc of Linux");
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

    /// Longest time for one file, of the processor: other programs do not count.
    const SOON: Duration = Duration::from_secs(2);
    /// What is not answered by then, on the wall, hangs.
    const HANGS: Duration = Duration::from_secs(120);
    /// Most memory that the process may ever have held, in KiB.
    const MEMORY: u64 = 512 << 10;

    fn written(specimens: &[Specimen], folder: &Path) -> Vec<PathBuf> {
        let write = |(number, specimen): (usize, &Specimen)| {
            let path = folder.join(number.to_string());
            std::fs::write(&path, &specimen.bytes).unwrap();
            path
        };
        specimens.iter().enumerate().map(write).collect()
    }

    /// The code of a failure; empty for a report.
    fn code(answer: &Value) -> &str {
        match answer["schema"].as_str() {
            Some("oz.failure/1") => answer["code"].as_str().unwrap(),
            Some("oz.analysis/1") => "",
            _ => panic!("{answer}"),
        }
    }

    #[test]
    fn bad_files_are_answered_soon_and_within_bounded_memory() {
        let specimens = bad();
        assert!(specimens.len() >= 60, "{} bad files", specimens.len());
        let folder = tempfile::tempdir().unwrap();
        let first = super::support::portrait();
        let files: Vec<_> = [first].into_iter().chain(written(&specimens, folder.path())).collect();
        let program = Running::start(&["--engine", "candle"], &files);
        let portrait = program.answer(HANGS).expect("a good picture is answered");
        assert_eq!(code(&portrait), "");
        let mut wrong = Vec::new();
        let mut slowest = (Duration::ZERO, "");
        for Specimen { name, allowed, .. } in &specimens {
            let watch = Stopwatch::process(program.id());
            let answer = program.answer(HANGS).unwrap_or_else(|| panic!("{name}: no answer"));
            let took = watch.elapsed();
            slowest = slowest.max((took, name.as_str()));
            if took > SOON {
                wrong.push(format!("{name}: took {took:?}"));
            }
            if !allowed.contains(&code(&answer)) {
                wrong.push(format!("{name}: `{}`, not one of {allowed:?}", code(&answer)));
            }
        }
        let peak = program.peak();
        println!("{} bad files, the slowest {slowest:?}, at most {} MiB", specimens.len(), peak >> 10);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(peak < MEMORY, "{} MiB", peak >> 10);
    }
}
