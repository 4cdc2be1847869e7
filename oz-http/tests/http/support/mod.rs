//! What tests of the service share: a running service over storage in memory, and a client.
//!
//! ```ignore
//! let service = Service::start().await;              // everything in memory, time stands still
//! let service = Service::with(|config| config.uploads.max_files = 2).await;
//! let answer = service.get("/api/version").await;    // an `Answer`: status, headers, JSON
//! service.clock.advance(Duration::from_secs(60));
//! service.stop().await;
//! ```

#![allow(dead_code, unused_imports, reason = "not everybody needs every part")]

mod client;
mod decoder;
pub(crate) mod examiner;
pub(crate) mod people;
mod service;
mod snapshot;
mod worker;

#[allow(unused_imports, reason = "not every test file needs every part")]
pub(crate) use client::Answer;
pub(crate) use examiner::{features, jpeg, mp4, zip};
#[allow(unused_imports, reason = "not every test file needs every part")]
pub(crate) use people::Person;
pub(crate) use service::Service;
pub(crate) use snapshot::check_snapshot;
