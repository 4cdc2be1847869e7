//! Worker process: examines media until its input ends.

use std::io::{BufReader, BufWriter, Read, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use oz_core::media::MediaBytes;

use super::examination::examine;
use super::protocol::{
    Answer, Ask, Fault, MAX_STRUCTURE, PICTURES, Ready, read, take_pictures, write, write_json,
};
use oz::{Config, Error, Oz, Result};

/// Limits of a worker process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerLimits {
    /// Memory for data in bytes, models included; 0 is unlimited. Linux only.
    pub memory: u64,
}

impl Default for WorkerLimits {
    /// 2 GiB.
    fn default() -> Self {
        Self { memory: 2 << 30 }
    }
}

/// Variable that marks a process as an examiner worker and holds its memory limit in bytes.
pub(super) const WORKER_VARIABLE: &str = "OZ_EXAMINER_WORKER";

/// Whether this process was started as an examiner worker.
pub(crate) fn is_worker() -> bool {
    std::env::var_os(WORKER_VARIABLE).is_some()
}

/// Examines media and ends the process if it was started as an examiner worker; returns at once otherwise.
///
/// A program that serves as [`WorkerProgram`](super::WorkerProgram) must call this first in `main`, before it
/// starts threads or a runtime.
pub fn run_worker_if_asked() {
    let Some(memory) = std::env::var_os(WORKER_VARIABLE) else { return };
    let memory = memory.to_str().and_then(|text| text.parse().ok());
    let limits = memory.map_or_else(WorkerLimits::default, |memory| WorkerLimits { memory });

    let (input, output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let (mut input, mut output) = (BufReader::new(input), BufWriter::new(output));
    let code = match serve_examinations(&mut input, &mut output, limits) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("oz: examiner: {} ({})", error.chain(), error.code());
            1
        }
    };
    std::process::exit(code);
}

/// Time after the deadline at which a worker exits, in case the service has died and cannot kill it.
const OVERTIME: Duration = Duration::from_secs(5);

/// Exit code of a worker that exceeded deadline and overtime.
const TIMED_OUT: i32 = 3;

/// Processes requests from `input` until it ends.
///
/// # Errors
/// `config.invalid` when the settings or a request cannot be parsed; `storage.backend` when a pipe breaks;
/// the codes of loading models.
fn serve_examinations(input: &mut impl Read, output: &mut impl Write, limits: WorkerLimits) -> Result<()> {
    apply(limits);

    let Some(settings) = read(input, MAX_STRUCTURE).map_err(broken)? else { return Ok(()) };
    let loaded = load(&settings);
    let ready: Ready = loaded
        .as_ref()
        .map(|_| ())
        .map_err(|error| Fault::Other { code: error.code().into(), message: error.chain() });
    write_json(output, &ready).and_then(|()| output.flush()).map_err(broken)?;
    let oz = loaded?;

    while let Some(ask) = read(input, MAX_STRUCTURE).map_err(broken)? {
        let ask: Ask =
            serde_json::from_slice(&ask).map_err(|error| Error::Config { detail: error.to_string() })?;
        let Some(media) = read(input, usize::MAX).map_err(broken)? else { return Ok(()) };
        let _watchdog = watchdog(ask.deadline + OVERTIME);
        answer(output, examine(&oz, &MediaBytes::from(media), &ask.request)).map_err(broken)?;
    }
    Ok(())
}

fn load(settings: &[u8]) -> Result<Oz> {
    let config: Config =
        serde_json::from_slice(settings).map_err(|error| Error::Config { detail: error.to_string() })?;
    Oz::builder().config(config).build()
}

fn answer(
    output: &mut impl Write,
    examined: oz_core::Result<oz_core::analysis::Examination>,
) -> std::io::Result<()> {
    let mut answer: Answer = examined.map_err(|error| Fault::from(&error));
    let pictures = answer.as_mut().map_or_else(|_| [const { Vec::new() }; PICTURES], take_pictures);
    write_json(output, &answer)?;
    pictures.iter().try_for_each(|picture| write(output, picture))?;
    output.flush()
}

/// Exits the process after `time` unless the returned sender is dropped before.
fn watchdog(time: Duration) -> Sender<()> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        if receiver.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
            std::process::exit(TIMED_OUT);
        }
    });
    sender
}

/// Limits the memory of the process and disables core dumps, which would contain media. An allocation beyond
/// the limit ends the process. Has no effect except on Linux.
fn apply(limits: WorkerLimits) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let limit = |value| Rlimit { current: Some(value), maximum: Some(value) };
        // Fails only if a stricter limit is already in force.
        let _ = setrlimit(Resource::Core, limit(0));
        if limits.memory > 0 {
            let _ = setrlimit(Resource::Data, limit(limits.memory));
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = limits;
}

fn broken(source: std::io::Error) -> Error {
    Error::Core(oz_core::Error::backend("communicating with the service", false, source))
}
