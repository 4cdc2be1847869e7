//! Storage port for folders, media and analyses.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    Analysis, AnalysisFilter, AnalysisId, AnalysisResult, Folder, FolderChange, FolderContent, FolderFilter,
    FolderId, GroupId, MediaId, NewGroup, OperatorDecision, Preview, Statistics, StoredMedia,
};
use crate::Result;
use crate::account::Scope;
use crate::listing::{Slice, TimeRange};
use crate::metadata::Metadata;
use crate::storage::{Failure, JobState, Lease, NewJob, Retry};
use crate::system::Timestamp;

/// Stores folders with their media and analyses, together with the jobs that process them.
///
/// The adapter also implements [`JobQueue`](crate::storage::port::JobQueue) and
/// [`ErasureList`](crate::storage::port::ErasureList) on the same database. Contract:
///
/// - Each method is one transaction, including its changes to jobs and to the erasure list.
/// - Every change to a folder, its media or its analyses sets `updated` of the folder and keeps its state
///   equal to [`FolderState::of`](super::FolderState::of) its analyses.
/// - Storing a record removes its blobs from the erasure list. It is refused with `storage.conflict` if a
///   blob is not on the list (never staged), or was already returned as due (possibly erased). Deleting a
///   record puts its blobs on the list, due immediately.
/// - When a job of kind `analysis` ends for any reason, the analyses of its group that have no result fail as
///   [`ended_group`](super::ended_group) specifies. This includes jobs that die of an expired lease and
///   cancelled jobs.
/// - When the last running analysis of a folder with an endpoint ends or is deleted and other analyses
///   remain, the [`notice`](super::notice) job of its group is queued.
/// - Media and analyses belong to the scope of their folder, regardless of who uploaded or started them.
///   Records outside the scope are `storage.not_found`. Deleting a record that is absent or out of scope
///   succeeds without effect.
/// - Deleting a folder or group deletes its jobs; a leased job is cancelled instead.
#[async_trait]
pub trait FolderRepository: Debug + Send + Sync {
    /// Stores a new folder with its initial content. The state is derived from the content.
    ///
    /// # Errors
    /// `storage.conflict` when an ID is taken or a blob was not staged; `storage.not_found` when a source of
    /// an analysis is not among the media; `storage.backend`.
    async fn create_folder(&self, folder: &Folder, content: &FolderContent) -> Result<()>;

    /// Loads a folder.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn folder(&self, scope: &Scope, id: FolderId) -> Result<Folder>;

    /// Lists the folders in a scope.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn folders(&self, scope: &Scope, filter: &FolderFilter, slice: &Slice) -> Result<Vec<Folder>>;

    /// Counts the folders in a scope.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_folders(&self, scope: &Scope, filter: &FolderFilter) -> Result<u64>;

    /// Updates the metadata or endpoint of a folder.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn update_folder(
        &self,
        scope: &Scope,
        id: FolderId,
        change: &FolderChange,
        now: Timestamp,
    ) -> Result<Folder>;

    /// Deletes a folder with its media, analyses and results, and its analysis, preview and notification
    /// jobs.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()>;

    /// Erases the files of a folder, including best shots, and marks the folder as `cleared`. The records of
    /// the media remain without blobs, and the results remain.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` while analyses run; `storage.backend`.
    async fn clear_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()>;

    /// Adds media to a folder and queues jobs for them.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when an ID is taken or a blob was not staged;
    /// `storage.backend`.
    async fn add_media(
        &self,
        scope: &Scope,
        folder: FolderId,
        media: &[StoredMedia],
        jobs: &[NewJob],
        now: Timestamp,
    ) -> Result<()>;

    /// Loads a media record.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn media(&self, scope: &Scope, id: MediaId) -> Result<StoredMedia>;

    /// Lists the media of several folders, ordered by folder as given, then by upload time, then by
    /// insertion.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn media_of(&self, scope: &Scope, folders: &[FolderId]) -> Result<Vec<StoredMedia>>;

    /// Replaces the tags or the custom attributes of media; absent arguments leave them unchanged.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn update_media(
        &self,
        scope: &Scope,
        id: MediaId,
        tags: Option<&[String]>,
        metadata: Option<&Metadata>,
        now: Timestamp,
    ) -> Result<StoredMedia>;

    /// Deletes a media record. Analyses of it remain.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_media(&self, scope: &Scope, id: MediaId, now: Timestamp) -> Result<()>;

    /// Stores the preview of media and completes the preview job. If the media was deleted meanwhile, the
    /// blobs of the preview are erased.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid or a blob was not staged; `storage.not_found`
    /// when the job was deleted; `storage.backend`.
    async fn complete_preview(
        &self,
        lease: &Lease,
        media: MediaId,
        preview: &Preview,
        now: Timestamp,
    ) -> Result<()>;

    /// Starts a group of analyses of a folder.
    ///
    /// # Errors
    /// `storage.not_found` when the folder or one of the sources is absent; `storage.conflict`;
    /// `storage.backend`.
    async fn start(&self, scope: &Scope, folder: FolderId, group: &NewGroup, now: Timestamp) -> Result<()>;

    /// Loads an analysis.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn analysis(&self, scope: &Scope, id: AnalysisId) -> Result<Analysis>;

    /// Lists the analyses in a scope.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn analyses(&self, scope: &Scope, filter: &AnalysisFilter, slice: &Slice) -> Result<Vec<Analysis>>;

    /// Counts the analyses in a scope.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_analyses(&self, scope: &Scope, filter: &AnalysisFilter) -> Result<u64>;

    /// Lists the analyses of a group in insertion order; empty if they were deleted.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn group(&self, id: GroupId) -> Result<Vec<Analysis>>;

    /// Stores the results of a group and the previews created along the way, and completes the job.
    ///
    /// Results of analyses that were deleted or have ended, and previews of deleted media, are discarded and
    /// their blobs become due for erasure. Analyses without a result fail with code `job.no_answer`.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid or belongs to another group, or when a blob was
    /// not staged; `storage.not_found` when the job was deleted; `storage.backend`.
    async fn finish(
        &self,
        lease: &Lease,
        group: GroupId,
        results: &[AnalysisResult],
        previews: &[(MediaId, Preview)],
        now: Timestamp,
    ) -> Result<()>;

    /// Records a failed attempt at a group, as [`JobQueue::fail`](crate::storage::port::JobQueue::fail). If
    /// the job dies of it, the analyses fail with the same failure.
    ///
    /// # Errors
    /// `storage.conflict` when the lease is no longer valid or belongs to another group; `storage.not_found`
    /// when the job was deleted; `storage.backend`.
    async fn fail(
        &self,
        lease: &Lease,
        group: GroupId,
        failure: &Failure,
        retry: Retry,
        now: Timestamp,
    ) -> Result<JobState>;

    /// Fails all groups that have timed out, with code `job.timed_out`, marks their jobs as dead and returns
    /// the number of groups.
    ///
    /// A group has timed out when it was started more than `delivery` ago and its job is not leased, or when
    /// it was started more than `delivery + processing` ago. An expired lease does not count as a lease.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn expire(&self, delivery: Duration, processing: Duration, now: Timestamp) -> Result<u64>;

    /// Sets the operator's decision on a finished analysis, replacing an earlier one.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when the analysis is not finished; `storage.backend`.
    async fn decide(&self, scope: &Scope, id: AnalysisId, decision: &OperatorDecision) -> Result<Analysis>;

    /// Replaces the custom attributes of an analysis.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn update_analysis(
        &self,
        scope: &Scope,
        id: AnalysisId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Analysis>;

    /// Deletes an analysis with its results. Deleting the last analysis of a group also deletes the job.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_analysis(&self, scope: &Scope, id: AnalysisId, now: Timestamp) -> Result<()>;

    /// Computes statistics over the records created in `range`. `person` is the path of the metadata facet
    /// that identifies a person; folders with the same value are attempts of one person.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn statistics(&self, scope: &Scope, range: &TimeRange, person: &str) -> Result<Statistics>;
}
