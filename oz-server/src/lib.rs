//! The HTTP service of `oz`, assembled: storage, examiners, workers, listener.
//!
//! [`Server::builder`] starts a service with built-in parts, any of which an application can replace: key provider, blob
//! store, repositories, licence provider, clock, the [`oz::Oz`] handle. Parts are handed to the builder, which encrypts
//! what goes into them.
//!
//! ```no_run
//! use oz_server::{Server, ServiceSettings, shutdown_signal};
//!
//! # async fn example() -> oz::Result<()> {
//! let settings = ServiceSettings { data_dir: Some("data".into()), ..ServiceSettings::default() };
//! let server = Server::builder().settings(settings).bind().await?;
//! println!("listening on {}", server.url());
//! server.run(shutdown_signal()).await
//! # }
//! ```
//!
//! Invariant: this is the only place where the service meets its adapters; `oz-http` knows ports only.

pub mod accounts;
pub mod backup;
pub mod check;
mod data_dir;
pub mod examiner;
mod listener;
mod logs;
mod operator;
pub mod secrets;
mod server;
mod settings;
mod stores;

/// State, extractors and errors for routes of an application.
pub use oz_http as http;

pub use data_dir::DataDir;
pub use examiner::run_worker_if_asked;
pub use logs::start as start_logs;
pub use server::{Background, BoundServer, Server, ServerBuilder, shutdown_signal};
pub use settings::{ExaminerKind, LogFormat, Role, Secret, ServiceSettings, TlsSettings};
pub use stores::{Repositories, Stores};
