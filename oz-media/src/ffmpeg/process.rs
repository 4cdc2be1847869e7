//! Starting and stopping the program.

use std::io::BufReader;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oz_core::{Error, Result};

use super::{FfmpegConfig, failed};
use crate::budget::Budget;

/// Program that was started successfully before.
#[derive(Debug, Clone)]
pub(super) struct Program {
    config: FfmpegConfig,
    /// Whether `prlimit` is installed to limit the program.
    bounded: bool,
}

impl Program {
    pub(super) fn find(config: FfmpegConfig) -> Result<Self> {
        if !starts(&config.program, "-version") {
            let program = config.program.display();
            let detail =
                format!("`{program}` cannot be started; install ffmpeg or disallow the ffmpeg decoder");
            return Err(Error::InvalidValue { name: "ffmpeg program", detail });
        }
        Ok(Self { bounded: starts(Path::new("prlimit"), "--version"), config })
    }

    /// Starts the program on `file` with options for input and output; its output is read from the result.
    pub(super) fn run(
        &self,
        demuxer: &str,
        (file, input): (&Path, &[&str]),
        output: &[&str],
        budget: &Budget,
    ) -> Result<Running> {
        let time = budget.left();
        let mut command = self.command(time);
        command.args(["-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file,pipe"]);
        command.args(input).args(["-f", demuxer, "-i"]).arg(file);
        command.args(["-map", "0:v:0", "-an", "-sn", "-dn"]).args(output).arg("pipe:1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());

        Running::start(&mut command, time)
    }

    fn command(&self, time: Duration) -> Command {
        if !self.bounded {
            return Command::new(&self.config.program);
        }

        let mut command = Command::new("prlimit");
        command.arg(format!("--as={}", self.config.memory));
        command.arg(format!("--cpu={}", time.as_secs() + 1));
        command.args(["--fsize=0", "--core=0", "--nofile=32", "--"]).arg(&self.config.program);
        command
    }
}

fn starts(program: &Path, argument: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Running program, killed on drop.
pub(super) struct Running {
    child: Arc<Mutex<Child>>,
    pub(super) output: BufReader<ChildStdout>,
    /// Dropping the sender ends the watchdog thread.
    _watchdog: Sender<()>,
}

impl Running {
    fn start(command: &mut Command, time: Duration) -> Result<Self> {
        let mut child = command.spawn().map_err(|error| Error::backend("starting ffmpeg", true, error))?;
        let output = child.stdout.take().ok_or_else(|| failed("the output cannot be read"))?;
        let child = Arc::new(Mutex::new(child));
        let (sender, receiver) = channel::<()>();
        let watched = Arc::clone(&child);

        // A blocking read from the pipe cannot be interrupted; killing the program closes the pipe.
        std::thread::spawn(move || {
            if receiver.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                kill(&watched);
            }
        });

        Ok(Self { child, output: BufReader::new(output), _watchdog: sender })
    }

    /// Waits for the program to exit and returns whether its status was zero.
    pub(super) fn succeeded(&mut self) -> bool {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        kill(&self.child);
    }
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // Both fail when the program has already exited.
    let _ = child.kill();
    let _ = child.wait();
}
