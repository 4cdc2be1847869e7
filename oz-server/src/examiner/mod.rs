//! Adapters that examine media: in this process, or in processes of their own that can be killed.
//!
//! Both give the same answers. Media from outside are hostile: in a process of its own the worst of them ends that process,
//! and whoever asked hears that it may be tried again.

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
