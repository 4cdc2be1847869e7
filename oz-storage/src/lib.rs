//! Storage adapters for `oz`: collections, media, jobs, audit trails, keys and licences.
//!
//! Always available: a licence without limits ([`license`]) and layers over blob stores ([`layer`]: retry,
//! metrics and, with `encryption`, encryption). Behind a feature each:
//!
//! - `memory`: every storage port in process memory. The futures never block, so they run on any executor;
//!   the other adapters need tokio.
//! - `fs`: blobs in a folder and, with `encryption`, keys in a folder.
//! - `sqlite`, `postgres`: records, jobs, the audit trail and the erasure list in a database.
//! - `objects`, with `s3`, `gcs` or `azure`: blobs in an object store.
//! - `index`: exact vector search in memory.
//! - `metrics`: measurements through the `metrics` facade.
//!
//! Adapters implement the ports of `oz-core`, and layers wrap any of them. Here, media in process memory are
//! encrypted before they are stored:
//!
//! ```
//! # #[cfg(all(feature = "memory", feature = "encryption", feature = "fs"))]
//! # fn main() -> oz_core::Result<()> {
//! use std::sync::Arc;
//!
//! use oz_core::storage::BlobKey;
//! use oz_core::storage::port::BlobStore;
//! use oz_core::system::{CompanyId, Uuid};
//! use oz_storage::layer::EncryptedBlobStore;
//! use oz_storage::memory::{MemoryBlobStore, MemoryKeyProvider};
//!
//! let stored = Arc::new(MemoryBlobStore::default());
//! let store = EncryptedBlobStore::new(stored.clone(), Arc::new(MemoryKeyProvider::default()));
//! let key = BlobKey { owner: CompanyId::from(Uuid::from_u128(1)), id: Uuid::from_u128(2) };
//!
//! # tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts").block_on(async {
//! store.put(key, b"a portrait").await?;
//! assert_eq!(store.read(key).await?, b"a portrait");
//! assert_ne!(stored.read(key).await?, b"a portrait");
//! # Ok(())
//! # })
//! # }
//! # #[cfg(not(all(feature = "memory", feature = "encryption", feature = "fs")))]
//! # fn main() {}
//! ```
//!
//! To write an adapter of your own, implement the ports and run the suites of `oz-conformance` on it; to
//! assemble a service, see `oz-server`.
//!
//! This crate contains no business rules. They are in `oz-core`; the suites of `oz-conformance` run on every
//! adapter.

#[cfg(any(feature = "memory", feature = "index", feature = "sqlite", feature = "postgres"))]
mod checks;
#[cfg(feature = "encryption")]
mod cipher;
#[cfg(feature = "fs")]
pub mod fs;
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

#[cfg(feature = "fs")]
#[doc(no_inline)]
pub use fs::blobs as directory;
#[cfg(all(feature = "fs", feature = "encryption"))]
#[doc(no_inline)]
pub use fs::keys as file;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex and ignores poisoning: every critical section applies its change as its last step, so a
/// panic leaves the old state intact.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
