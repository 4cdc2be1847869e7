//! Examination in worker processes.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use oz_core::analysis::port::MediaExaminer;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::media::MediaBytes;
use oz_core::{Error, Result};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::in_process::too_slow;
use super::protocol::{
    Answer, Ask, MAX_PICTURE, PICTURES, Ready, put_pictures, receive, receive_json, send, send_json,
};
use super::worker::{WORKER_VARIABLE, WorkerLimits};
use oz::Config;

/// Maximum time for a worker process to start and load its models.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Number of examinations after which a worker process is replaced, which bounds the effect of leaks.
const MAX_USES: u32 = 500;

/// Program that examines media as a worker process, and its limits.
///
/// The program must call [`run_worker_if_asked`](crate::run_worker_if_asked) first in its `main`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerProgram {
    program: PathBuf,
    arguments: Vec<String>,
    limits: WorkerLimits,
}

impl WorkerProgram {
    /// Program at a path.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, limits: WorkerLimits) -> Self {
        Self { program: program.into(), arguments: Vec::new(), limits }
    }

    /// Adds command-line arguments, for example for a sandbox that starts the actual worker.
    #[must_use]
    pub fn with_arguments(mut self, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The running program, started as a worker.
    ///
    /// # Errors
    /// `storage.backend` when the path of the program cannot be determined.
    pub fn this_program(limits: WorkerLimits) -> oz::Result<Self> {
        let program = std::env::current_exe()
            .map_err(|error| Error::backend("determining the path of this program", false, error))?;
        Ok(Self::new(program, limits))
    }
}

/// Examiner with a pool of worker processes.
///
/// A process that misses its deadline is killed. When a process dies, the examination fails with a retryable
/// error, and the next one starts a new process.
#[derive(Debug)]
pub struct ProcessExaminer {
    worker: WorkerProgram,
    /// Serialised configuration, sent to each process at its start.
    settings: Vec<u8>,
    idle: Mutex<Vec<Process>>,
    slots: Semaphore,
    parallelism: usize,
}

impl ProcessExaminer {
    /// Examines up to `parallelism` media in parallel, at least one, in processes of `worker`, which load the
    /// models of `config`. Processes are started on demand.
    ///
    /// # Errors
    /// `config.invalid` when the configuration cannot be serialised.
    pub fn new(config: &Config, parallelism: usize, worker: WorkerProgram) -> oz::Result<Self> {
        let settings =
            worker_settings(config).map_err(|error| oz::Error::Config { detail: error.to_string() })?;
        let parallelism = parallelism.max(1);
        let slots = Semaphore::new(parallelism);
        Ok(Self { worker, settings, idle: Mutex::default(), slots, parallelism })
    }

    /// Takes an idle process or starts one.
    async fn acquire(&self) -> Result<Process> {
        let idle = self.idle_processes().pop();
        match idle {
            Some(process) => Ok(process),
            None => timeout(START_TIMEOUT, Process::start(&self.worker, &self.settings))
                .await
                .unwrap_or_else(|late| Err(Error::backend("starting an examiner", true, late))),
        }
    }

    fn idle_processes(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serialises the configuration without the section of the service, which can contain secrets.
fn worker_settings(config: &Config) -> serde_json::Result<Vec<u8>> {
    let mut settings = serde_json::to_value(config)?;
    if let Some(keys) = settings.as_object_mut() {
        keys.remove("service");
    }
    serde_json::to_vec(&settings)
}

#[async_trait]
impl MediaExaminer for ProcessExaminer {
    async fn examine(
        &self,
        media: MediaBytes,
        request: &ExaminationRequest,
        deadline: Duration,
    ) -> Result<Examination> {
        let slot = self.slots.acquire().await;
        let _slot = slot.map_err(|closed| Error::backend("waiting for an examiner", true, closed))?;
        let mut process = self.acquire().await?;

        let ask = Ask { request: request.clone(), deadline };
        // An early return, or dropping this future, drops the process and so kills it.
        let answered = timeout(deadline, process.examine(&ask, &media)).await;
        let answer = answered.map_err(|_| too_slow(deadline))?;
        let answer = answer.map_err(|error| Error::backend("examining media", true, error))?;

        if process.uses < MAX_USES {
            self.idle_processes().push(process);
        }
        answer.map_err(Error::from)
    }

    fn parallelism(&self) -> usize {
        self.parallelism
    }
}

/// Running worker process with its pipes.
#[derive(Debug)]
struct Process {
    /// Kills the process when dropped.
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
    uses: u32,
}

impl Process {
    async fn start(worker: &WorkerProgram, settings: &[u8]) -> Result<Self> {
        let mut command = Command::new(&worker.program);
        command.args(&worker.arguments).kill_on_drop(true);
        command.env(WORKER_VARIABLE, worker.limits.memory.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());

        let failed = |error: std::io::Error| Error::backend("starting an examiner", true, error);
        let mut child = command.spawn().map_err(failed)?;
        let no_pipe = || failed(std::io::Error::other("no pipes"));
        let input = child.stdin.take().ok_or_else(no_pipe)?;
        let output = child.stdout.take().ok_or_else(no_pipe)?;

        let mut process = Self { _child: child, input, output, uses: 0 };
        send(&mut process.input, settings).await.map_err(failed)?;
        let ready: Ready = receive_json(&mut process.output).await.map_err(failed)?;
        ready.map(|()| process).map_err(Error::from)
    }

    async fn examine(&mut self, ask: &Ask, media: &MediaBytes) -> std::io::Result<Answer> {
        self.uses += 1;
        send_json(&mut self.input, ask).await?;
        send(&mut self.input, media).await?;

        let mut answer: Answer = receive_json(&mut self.output).await?;
        let mut pictures = [const { Vec::new() }; PICTURES];
        for picture in &mut pictures {
            *picture = receive(&mut self.output, MAX_PICTURE).await?;
        }
        if let Ok(examination) = &mut answer {
            put_pictures(examination, pictures);
        }
        Ok(answer)
    }
}
