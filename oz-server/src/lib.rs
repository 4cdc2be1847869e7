//! The assembly of the service: settings, storage, examiners, workers, listener.
//!
//! Invariant: this is the only place where the service meets its adapters; `oz-http` sees ports.

pub mod accounts;
pub mod backup;
pub mod check;
mod data_dir;
pub mod examiner;
mod listener;
mod logs;
mod operator;
mod run;
pub mod secrets;
mod settings;
mod stores;

pub use data_dir::DataDir;
pub use logs::start as start_logs;
pub use run::{Service, shutdown_signal};
pub use settings::{ExaminerKind, LogFormat, Role, Secret, ServiceSettings, TlsSettings};
pub use stores::Stores;
