//! HTTP service for face liveness and matching: storage, examiners, workers and listener assembled.
//!
//! [`Server::builder`] starts a service with built-in parts. An application can replace each of them: key provider,
//! blob store, repositories, licence provider, clock, the [`oz::Oz`] handle. The builder encrypts what it stores in a
//! blob store of the application.
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
//! - [`ServiceSettings`] is the section `[service]` of a configuration.
//! - [`Server::into_parts`] returns the routes for an axum application of your own.
//! - [`Stores`] opens the storage without a service, for maintenance: [`backup`], [`check`], [`accounts`], [`keys`].
//!
//! Invariant: only this crate combines the service with adapters; `oz-http` depends on ports only.

pub mod accounts;
pub mod backup;
pub mod check;
mod data_dir;
pub mod examiner;
pub mod keys;
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
