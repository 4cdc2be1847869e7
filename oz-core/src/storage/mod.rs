//! Storage of blobs, jobs, audit entries and encryption keys.
//!
//! Invariants: blobs have generated keys and are immutable; the result of a job is accepted only from the
//! holder of its current lease; audit entries form a hash chain that reveals any later change.
//!
//! Conventions of every storage port: each method is one transaction; deleting an absent record succeeds;
//! reading an absent record is `storage.not_found`; the time is passed as an argument.

mod audit;
mod blob;
mod job;
mod key;
pub mod port;

pub use audit::{AuditEntry, AuditEvent, ChainBreak, verify_chain};
pub use blob::BlobKey;
pub use job::{Backoff, Failure, Fence, Job, JobId, JobState, Lease, LeasedJob, NewJob, Retry};
pub use key::{DataKey, KeyVersion};
