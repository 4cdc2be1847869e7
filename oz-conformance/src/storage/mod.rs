//! Suites of the storage ports.

mod audit_log;
mod blob_store;
mod erasure_list;
mod job_queue;
mod key_provider;

pub use audit_log::audit_log;
pub use blob_store::blob_store;
pub use erasure_list::erasure_list;
pub use job_queue::job_queue;
pub use key_provider::key_provider;
