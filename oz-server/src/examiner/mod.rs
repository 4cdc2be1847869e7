//! Adapters that examine media, in this process or in worker processes.
//!
//! Both return the same results. Uploaded media are untrusted: in a worker process, media that crash or
//! exhaust a decoder end that process only, and the caller receives a retryable error.

mod examination;
mod in_process;
mod measured;
mod process;
mod protocol;
mod worker;

pub use in_process::InProcessExaminer;
pub use measured::MeasuredExaminer;
pub use process::{ProcessExaminer, WorkerProgram};
pub(crate) use worker::is_worker;
pub use worker::{WorkerLimits, run_worker_if_asked};
