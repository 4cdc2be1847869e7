//! What is kept between requests besides the records of other modules: media, work to do, traces, keys.
//!
//! Invariants: blobs have generated names and never change; a job's result is taken only from the holder of its live
//! lease; audit entries form a chain that shows every later change.
//!
//! Conventions of every storage port: one method is one transaction; deleting what is absent succeeds; reading what is
//! absent is `storage.not_found`; time is an argument.

mod audit;
mod blob;
mod job;
mod key;
pub mod port;

pub use audit::{AuditEntry, AuditEvent, ChainBreak, verify_chain};
pub use blob::BlobKey;
pub use job::{Backoff, Failure, Fence, Job, JobId, JobState, Lease, LeasedJob, NewJob, Retry};
pub use key::{DataKey, KeyVersion};
