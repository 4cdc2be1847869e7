//! Damaged, hostile and foreign files through the `oz` program: each is answered soon, with a stable code or a report,
//! within a bound on memory.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

/// The peak of a process's memory is read from `/proc`.
#[cfg(not(target_os = "linux"))]
#[test]
fn bad_files_are_answered_soon_and_within_bounded_memory() {
    support::left_out("bad_files_are_answered_soon_and_within_bounded_memory", "it needs /proc of Linux");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{BufRead as _, BufReader};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::{Duration, Instant};

    use oz_media::testing::{Specimen, bad};
    use serde_json::Value;

    /// Longest time for one file.
    const SOON: Duration = Duration::from_secs(2);
    /// Longest time until the models are loaded.
    const START: Duration = Duration::from_secs(30);
    /// Most memory that the process may ever have held, in KiB.
    const MEMORY: u64 = 512 << 10;

    /// The program at work on many files. Its last input is a pipe, so that it is alive, and can be looked at, after it
    /// has answered the others.
    struct Running {
        program: Child,
        answers: Receiver<String>,
    }

    impl Running {
        fn start(files: &[PathBuf]) -> Self {
            let mut command = Command::new(env!("CARGO_BIN_EXE_oz"));
            command.args(["analyze", "--engine", "candle", "--json"]).args(files).arg("/dev/stdin");
            let mut program = command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::inherit())
                .spawn()
                .unwrap();
            let lines = BufReader::new(program.stdout.take().unwrap()).lines();
            let (sender, answers) = channel();
            std::thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
            Self { program, answers }
        }

        fn answer(&self, longest: Duration) -> Option<Value> {
            let line = self.answers.recv_timeout(longest).ok()?;
            Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
        }

        /// The most memory that the process has held so far, in KiB.
        fn peak(&self) -> u64 {
            let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.program.kill();
            let _ = self.program.wait();
        }
    }

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
        let program = Running::start(&files);
        let portrait = program.answer(START).expect("a good picture is answered");
        assert_eq!(code(&portrait), "");
        let mut wrong = Vec::new();
        let mut slowest = (Duration::ZERO, "");
        for Specimen { name, allowed, .. } in &specimens {
            let asked = Instant::now();
            let answer = program.answer(5 * SOON).unwrap_or_else(|| panic!("{name}: no answer"));
            slowest = slowest.max((asked.elapsed(), name.as_str()));
            if asked.elapsed() > SOON {
                wrong.push(format!("{name}: took {:?}", asked.elapsed()));
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
