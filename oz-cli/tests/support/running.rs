//! `oz analyze` as a running process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "test binaries share a module by including its file")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// Running `oz analyze`. Its last input is a pipe, so that the process still runs, and can be measured, after
/// the other inputs.
pub struct Running {
    program: Child,
    answers: Receiver<String>,
}

impl Running {
    pub fn start(options: &[&str], files: &[PathBuf]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oz"));
        command.args(["analyze", "--json"]).args(options).args(files).arg("/dev/stdin");
        let mut program =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let (sender, answers) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Self { program, answers }
    }

    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// Next document; `None` after the timeout.
    pub fn answer(&self, timeout: Duration) -> Option<Value> {
        let line = self.answers.recv_timeout(timeout).ok()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// Peak memory of the process so far, in KiB, from `/proc`.
    pub fn peak(&self) -> u64 {
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
