//! The seams to whoever keeps blobs, jobs, the audit trail and keys.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    AuditEntry, AuditEvent, BlobKey, DataKey, Failure, Job, JobId, JobState, KeyVersion, Lease, LeasedJob,
};
use super::{NewJob, Retry};
use crate::Result;
use crate::system::{CompanyId, Timestamp};

/// Keeps media under generated names.
///
/// - A blob never changes: writing a name that exists is `storage.conflict`, also for the same content.
/// - A blob is there whole or not at all.
#[async_trait]
pub trait BlobStore: Debug + Send + Sync {
    /// Starts a blob that is written part by part. It exists from [`BlobWriter::finish`] on.
    ///
    /// # Errors
    /// `storage.conflict` here or when the blob is finished; `storage.backend`.
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>>;

    /// Writes a blob in one go.
    ///
    /// # Errors
    /// `storage.conflict`; `storage.backend`.
    async fn put(&self, key: BlobKey, content: &[u8]) -> Result<()> {
        let mut writer = self.create(key).await?;
        writer.write(content).await?;
        writer.finish().await
    }

    /// The whole content.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn read(&self, key: BlobKey) -> Result<Vec<u8>>;

    /// Up to `length` bytes from `offset` on: fewer at the end of the blob, none beyond it.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>>;

    /// Size in bytes.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn size(&self, key: BlobKey) -> Result<u64>;

    /// Removes a blob. What is absent stays absent.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete(&self, key: BlobKey) -> Result<()>;

    /// Names of up to `limit` blobs of an owner in rising order, from the one after `after` on.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>>;
}

/// A blob in the making. Dropped unfinished, it leaves nothing that can be read or listed.
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
    /// `storage.conflict` when the name was taken meanwhile; `storage.backend`.
    async fn finish(self: Box<Self>) -> Result<()>;
}

/// Remembers blobs that must not stay, so that neither a crash while uploading nor one while deleting leaves any behind.
///
/// - A key is put on the list before its blob is written, due when the upload has surely ended; the repository takes it off
///   in the transaction that stores the record naming it.
/// - A repository puts keys on the list in the transaction that removes their records.
/// - Whoever sweeps deletes the blobs that are due, then takes the keys off.
/// - A key that was given as due is not taken off by a repository any more: its blob may be gone by now, so the record that
///   names it is refused with `storage.conflict`.
#[async_trait]
pub trait ErasureList: Debug + Send + Sync {
    /// Puts keys on the list. One that is on it gets the earlier of both times.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn stage(&self, keys: &[BlobKey], due: Timestamp) -> Result<()>;

    /// Up to `limit` keys that are due at `now`, the earliest first.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<BlobKey>>;

    /// Takes keys off the list, their blobs being gone. What is absent stays absent.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn erased(&self, keys: &[BlobKey]) -> Result<()>;

    /// Overwrites what records that were deleted left behind elsewhere, e.g. in a log. For whoever sweeps, after each round
    /// and also when nothing was due: not every deletion concerns blobs.
    ///
    /// # Errors
    /// `storage.backend`, retryable while somebody reads an old state.
    async fn scrub(&self) -> Result<()>;

    /// How many keys are on the list.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn staged(&self) -> Result<u64>;

    /// All keys on the list, due or not, in their order. Unlike [`ErasureList::due`] it gives none away.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn keys(&self) -> Result<Vec<BlobKey>>;
}

/// Hands work to workers that may die.
///
/// Work may be done twice; its result is taken once. The rules of a job's life are the methods of [`Job`]. Whoever
/// stores the result in a database of their own does it in one transaction with `complete`, under the same fence.
///
/// - A lease that has run out holds no more, even if nobody else has the job yet.
/// - A job whose lease has run out is leased again, or is dead after its last attempt.
/// - Each lease of a job has a higher fence than the one before, also after a revival.
#[async_trait]
pub trait JobQueue: Debug + Send + Sync {
    /// Queues a job.
    ///
    /// # Errors
    /// `storage.conflict` when a job of this name exists; `storage.backend`.
    async fn enqueue(&self, job: NewJob, now: Timestamp) -> Result<()>;

    /// Leases the next job of one of `kinds` for `duration`; `None` when none is ready.
    ///
    /// - Jobs of those kinds whose lease has run out are taken back before.
    /// - The highest priority goes first, then the earliest due time, then the one that was queued first.
    /// - No two leases of one job hold at the same time.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn lease(&self, kinds: &[&str], duration: Duration, now: Timestamp) -> Result<Option<LeasedJob>>;

    /// Prolongs a lease to end `duration` after `now`, and tells whether the job is to be called off. To be called at a
    /// third of the lease.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds; `storage.not_found`; `storage.backend`.
    async fn heartbeat(&self, lease: &Lease, duration: Duration, now: Timestamp) -> Result<Lease>;

    /// Takes the result of a job.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds; `storage.not_found`; `storage.backend`.
    async fn complete(&self, lease: &Lease, result: &[u8], now: Timestamp) -> Result<()>;

    /// Takes note of a failed attempt; the answer says what became of the job.
    ///
    /// - It waits for its retry, or is dead when it may not be retried or has no attempts left.
    /// - It is cancelled instead of retried when that was asked for.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds; `storage.not_found`; `storage.backend`.
    async fn fail(&self, lease: &Lease, failure: &Failure, retry: Retry, now: Timestamp) -> Result<JobState>;

    /// Calls a job off: at once while it waits, through the heartbeat while it is leased; final states stay.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn cancel(&self, id: JobId, now: Timestamp) -> Result<()>;

    /// Queues a dead job again, with all its attempts.
    ///
    /// # Errors
    /// `storage.conflict` when the job is not dead; `storage.not_found`; `storage.backend`.
    async fn revive(&self, id: JobId, now: Timestamp) -> Result<()>;

    /// A job as it stands.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn job(&self, id: JobId) -> Result<Job>;

    /// Up to `limit` dead jobs, the ones that died first in front.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn dead(&self, limit: usize) -> Result<Vec<Job>>;

    /// How many jobs of a kind could be leased now.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn ready(&self, kind: &str, now: Timestamp) -> Result<u64>;

    /// Forgets jobs that are done or cancelled since before `finished_before`; dead ones stay. Says how many.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn purge(&self, finished_before: Timestamp) -> Result<u64>;
}

/// Keeps the audit trail, which can only grow.
#[async_trait]
pub trait AuditLog: Debug + Send + Sync {
    /// Adds an event behind the last entry, chained to it by [`AuditEntry::following`].
    ///
    /// # Errors
    /// `storage.backend`.
    async fn append(&self, event: AuditEvent) -> Result<AuditEntry>;

    /// Up to `limit` entries in order, from the one after the place `after` on; 0 stands before the first.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>>;

    /// The last entry; absent in an empty log.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn last(&self) -> Result<Option<AuditEntry>>;
}

/// Keeps the keys that each owner's data is encrypted with.
///
/// - Owners share no key.
/// - A version is never given to another secret, not even after the keys were destroyed.
#[async_trait]
pub trait KeyProvider: Debug + Send + Sync {
    /// The key to encrypt with; made on first use.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn current(&self, owner: CompanyId) -> Result<DataKey>;

    /// The key that something was encrypted with. Old versions stay until they are destroyed.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn key(&self, owner: CompanyId, version: KeyVersion) -> Result<DataKey>;

    /// Makes a new current key.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn rotate(&self, owner: CompanyId) -> Result<DataKey>;

    /// Destroys every key of an owner, and with them all that was encrypted. What is absent stays absent.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn destroy(&self, owner: CompanyId) -> Result<()>;
}
