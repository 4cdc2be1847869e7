//! Storage adapters for `oz`: whoever keeps collections, media, jobs, traces, keys and licences.
//!
//! What is here: licences that need no file ([`license`]), layers over other
//! adapters ([`layer`]: retry, measure and, with `encryption`, encrypt) and, each behind its feature,
//!
//! - `memory`: every storage port in the memory of the process. Futures never wait for a lock that another future holds, so
//!   any executor will do; the others need tokio,
//! - `fs`: blobs in a folder, and with `encryption` keys in files,
//! - `sqlite`, `postgres`: records, jobs and traces in a database,
//! - `objects`, with `s3`, `gcs` or `azure`: blobs in object stores,
//! - `index`: exact search of vectors in memory,
//! - `metrics`: figures for the facade of that name.
//!
//! What is not here, on purpose: rules. They are in `oz-core`, and the behaviour suites there run on every adapter.

#[cfg(feature = "encryption")]
mod cipher;
#[cfg(feature = "fs")]
pub mod directory;
#[cfg(feature = "fs")]
mod durable;
#[cfg(all(feature = "fs", feature = "encryption"))]
pub mod file;
#[cfg(feature = "index")]
pub mod index;
pub mod layer;
pub mod license;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "objects")]
pub mod object_store;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod sql;
mod system;
#[cfg(any(feature = "fs", feature = "objects"))]
pub use system::TokioSleeper;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, whether or not somebody panicked with the lock: every change under one is made last, in one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
