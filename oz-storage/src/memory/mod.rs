//! Every storage port in process memory, for tests and for use without persistence.
//!
//! Invariant: a transaction is one critical section of one lock, without an `await`, and checks everything
//! before it changes anything.

mod audit_log;
mod blob_store;
mod collection_repository;
mod key_provider;
mod store;
mod vector_index;

pub use audit_log::MemoryAuditLog;
pub use blob_store::MemoryBlobStore;
pub use collection_repository::MemoryCollectionRepository;
pub use key_provider::MemoryKeyProvider;
pub use store::MemoryStore;
pub use vector_index::MemoryVectorIndex;
