//! Every storage port in the memory of the process.
//!
//! Invariant: a transaction is one critical section of one lock, without `await` in it, that checks everything before it
//! changes anything.

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
