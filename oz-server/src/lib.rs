//! HTTP service for face liveness, matching and search, ready to run or to embed.
//!
//! The crate assembles `oz-http` with storage, models, worker processes and a listener. This is a complete
//! service, with an SQLite database and encrypted media in the folder `data`:
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
//! The first start creates an administrator, whose password [`BoundServer::administrator`] returns once.
//!
//! # Where to go next
//!
//! | task | item |
//! |---|---|
//! | configure the service | [`ServiceSettings`], the section `[service]` of a configuration |
//! | replace a part: keys, blobs, records, clock, models | the methods of [`ServerBuilder`] |
//! | add routes or kinds of analysis | [`ServerBuilder::route`], [`ServerBuilder::analysis`] |
//! | serve the routes in your own axum application | [`Server::into_parts`] |
//! | isolate untrusted media in worker processes | [`ServerBuilder::worker`], [`run_worker_if_asked`] |
//! | maintain the storage without a service | [`Stores`], [`backup`], [`check`], [`accounts`], [`keys`] |
//!
//! Media that are stored in a blob store of the application are encrypted as well.
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
