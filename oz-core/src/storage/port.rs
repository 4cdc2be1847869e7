//! Ports for blobs, jobs, the audit log and encryption keys.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    AuditEntry, AuditEvent, BlobKey, DataKey, Failure, Job, JobId, JobState, KeyVersion, Lease, LeasedJob,
};
use super::{NewJob, Retry};
use crate::Result;
use crate::system::{CompanyId, Timestamp};

/// Stores immutable blobs under generated keys.
///
/// - Writing an existing key is `storage.conflict`, even with identical content.
/// - Writes are atomic: a blob is either complete or absent.
#[async_trait]
pub trait BlobStore: Debug + Send + Sync {
    /// Starts a streaming write. The blob exists once [`BlobWriter::finish`] succeeds.
    ///
    /// # Errors
    /// `storage.conflict`, either here or from [`BlobWriter::finish`]; `storage.backend`.
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>>;

    /// Writes a blob from memory.
    ///
    /// # Errors
    /// `storage.conflict`; `storage.backend`.
    async fn put(&self, key: BlobKey, content: &[u8]) -> Result<()> {
        let mut writer = self.create(key).await?;
        writer.write(content).await?;
        writer.finish().await
    }

    /// Reads the whole content.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn read(&self, key: BlobKey) -> Result<Vec<u8>>;

    /// Reads up to `length` bytes starting at `offset`. The result is shorter at the end of the blob and
    /// empty beyond it.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>>;

    /// Returns the size in bytes.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn size(&self, key: BlobKey) -> Result<u64>;

    /// Deletes a blob; succeeds if it is absent.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete(&self, key: BlobKey) -> Result<()>;

    /// Lists up to `limit` keys of an owner in ascending order, starting after `after`.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>>;
}

/// A streaming write of a blob. If dropped before `finish`, nothing becomes readable or listed.
#[async_trait]
pub trait BlobWriter: Send {
    /// Appends bytes.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn write(&mut self, part: &[u8]) -> Result<()>;

    /// Makes the blob visible.
    ///
    /// # Errors
    /// `storage.conflict` when the key was written meanwhile; `storage.backend`.
    async fn finish(self: Box<Self>) -> Result<()>;
}

/// Persistent list of blobs to erase, so that a crash during an upload or a deletion leaves no orphaned
/// blobs.
///
/// - A key is staged before its blob is written, with a due time by which the upload has surely ended. The
///   repository removes it in the transaction that stores the record referring to the blob.
/// - A repository stages keys in the transaction that deletes their records.
/// - The sweeper deletes the blobs that are due and then removes their keys.
/// - Once a key has been returned as due, a repository can no longer remove it, because the blob may be
///   erased already. A record referring to it is refused with `storage.conflict`.
#[async_trait]
pub trait ErasureList: Debug + Send + Sync {
    /// Adds keys to the list. A key already on the list keeps the earlier due time.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn stage(&self, keys: &[BlobKey], due: Timestamp) -> Result<()>;

    /// Returns up to `limit` keys that are due at `now`, earliest first.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<BlobKey>>;

    /// Removes keys whose blobs have been erased; absent keys are ignored.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn erased(&self, keys: &[BlobKey]) -> Result<()>;

    /// Overwrites remnants of deleted records, e.g. in a write-ahead log.
    ///
    /// The sweeper calls it after each round, even when nothing was due, because not every deletion involves
    /// blobs.
    ///
    /// # Errors
    /// `storage.backend`, retryable while a reader holds an old snapshot.
    async fn scrub(&self) -> Result<()>;

    /// Returns the number of keys on the list.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn staged(&self) -> Result<u64>;

    /// Returns all keys on the list in ascending order, due or not. Unlike [`ErasureList::due`], it does not
    /// mark them as returned.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn keys(&self) -> Result<Vec<BlobKey>>;
}

/// Job queue with leases, for workers that may crash.
///
/// A job may run more than once, but its result is accepted once. The state transitions are the methods of
/// [`Job`]. A worker that stores results in its own database must do so in one transaction with `complete`,
/// under the same fence.
///
/// - An expired lease is invalid even if no other worker has leased the job yet.
/// - A job whose lease has expired is leased again, or is dead after its last attempt.
/// - Each lease of a job has a greater fence than the one before, even after the job was revived.
#[async_trait]
pub trait JobQueue: Debug + Send + Sync {
    /// Enqueues a job.
    ///
    /// # Errors
    /// `storage.conflict` when the ID is taken; `storage.backend`.
    async fn enqueue(&self, job: NewJob, now: Timestamp) -> Result<()>;

    /// Leases the next ready job of one of `kinds` for `duration`, or returns `None`.
    ///
    /// - Jobs of these kinds with an expired lease are reclaimed first.
    /// - Jobs are ordered by descending priority, then by due time, then by time of enqueueing.
    /// - At most one lease of a job is valid at any time.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn lease(&self, kinds: &[&str], duration: Duration, now: Timestamp) -> Result<Option<LeasedJob>>;

    /// Prolongs a lease until `duration` after `now`. The returned lease carries the cancellation request, if
    /// any. Call it after every third of the lease duration.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid; `storage.not_found`; `storage.backend`.
    async fn heartbeat(&self, lease: &Lease, duration: Duration, now: Timestamp) -> Result<Lease>;

    /// Stores the result of a job and completes it.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid; `storage.not_found`; `storage.backend`.
    async fn complete(&self, lease: &Lease, result: &[u8], now: Timestamp) -> Result<()>;

    /// Records a failed attempt and returns the new state of the job.
    ///
    /// - The job waits for its retry, or is dead when it may not be retried or has no attempts left.
    /// - It is cancelled instead of retried if cancellation was requested.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid; `storage.not_found`; `storage.backend`.
    async fn fail(&self, lease: &Lease, failure: &Failure, retry: Retry, now: Timestamp) -> Result<JobState>;

    /// Cancels a job: immediately if it is waiting, through the heartbeat if it is leased. A job in a final
    /// state is unchanged.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn cancel(&self, id: JobId, now: Timestamp) -> Result<()>;

    /// Requeues a dead job with a fresh set of attempts.
    ///
    /// # Errors
    /// `storage.conflict` when the job is not dead; `storage.not_found`; `storage.backend`.
    async fn revive(&self, id: JobId, now: Timestamp) -> Result<()>;

    /// Loads a job.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn job(&self, id: JobId) -> Result<Job>;

    /// Lists up to `limit` dead jobs, ordered by time of death.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn dead(&self, limit: usize) -> Result<Vec<Job>>;

    /// Counts the jobs of a kind that are ready to be leased.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn ready(&self, kind: &str, now: Timestamp) -> Result<u64>;

    /// Deletes the jobs that were done or cancelled before `finished_before` and returns their number. Dead
    /// jobs remain.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn purge(&self, finished_before: Timestamp) -> Result<u64>;
}

/// Append-only audit log.
#[async_trait]
pub trait AuditLog: Debug + Send + Sync {
    /// Appends an event, chained to the last entry by [`AuditEntry::following`].
    ///
    /// # Errors
    /// `storage.backend`.
    async fn append(&self, event: AuditEvent) -> Result<AuditEntry>;

    /// Returns up to `limit` entries in order, starting after the sequence number `after`; 0 starts at the
    /// first.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>>;

    /// Returns the last entry, or `None` if the log is empty.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn last(&self) -> Result<Option<AuditEntry>>;
}

/// Stores the data encryption keys of each owner.
///
/// - Owners never share a key.
/// - A version never refers to a different secret, even after the keys were destroyed.
#[async_trait]
pub trait KeyProvider: Debug + Send + Sync {
    /// Returns the key for encryption, creating it on first use.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn current(&self, owner: CompanyId) -> Result<DataKey>;

    /// Returns a given version of the key, for decryption. Old versions remain available until they are
    /// destroyed.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn key(&self, owner: CompanyId, version: KeyVersion) -> Result<DataKey>;

    /// Creates a new current key.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn rotate(&self, owner: CompanyId) -> Result<DataKey>;

    /// Destroys all keys of an owner, which makes the data encrypted with them unreadable; succeeds if there
    /// are none.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn destroy(&self, owner: CompanyId) -> Result<()>;
}
