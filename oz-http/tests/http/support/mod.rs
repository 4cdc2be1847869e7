//! Shared by the tests: a running service with in-memory storage, and a client.
//!
//! ```ignore
//! let service = Service::start().await;              // in-memory storage, manual clock
//! let service = Service::with(|config| config.uploads.max_files = 2).await;
//! let answer = service.get("/api/version").await;    // status, headers, JSON
//! service.clock.advance(Duration::from_secs(60));
//! service.stop().await;
//! ```

#![allow(dead_code, unused_imports, reason = "each test crate uses its own subset")]

mod client;
mod decoder;
pub(crate) mod examiner;
pub(crate) mod people;
mod service;
mod snapshot;
mod worker;

pub(crate) use client::Answer;
pub(crate) use examiner::{features, jpeg, mp4, zip};
pub(crate) use people::Person;
pub(crate) use service::Service;
pub(crate) use snapshot::check_snapshot;
