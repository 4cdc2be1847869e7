//! The seam to whoever keeps folders, media and analyses.

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

/// Stores folders with their media and analyses, together with the jobs that answer them.
///
/// The adapter is a [`JobQueue`](crate::storage::port::JobQueue) and an
/// [`ErasureList`](crate::storage::port::ErasureList) of the same database as well, so that
///
/// - One method is one transaction, jobs and erasures included.
/// - Every change to a folder, its media or analyses moves `updated` of the folder, and keeps its state what
///   [`FolderState::of`](super::FolderState::of) makes of its analyses.
/// - A record that names a blob takes it off the erasure list, and is refused as `storage.conflict` if the blob is not on
///   it, or was given as due (it was erased meanwhile, or never staged); a record that goes puts its blobs on the list, due
///   at once.
/// - A job of kind `analysis` that ends, whoever ends it, ends the analyses of its group that have no answer yet, as
///   [`ended_group`](super::ended_group) says: also a job that dies because its lease ran out, or that is called off.
/// - When the last running analysis of a folder with an endpoint ends or goes, and others are left, the job
///   [`notice`](super::notice) of its group is queued.
/// - Media and analyses lie in the scopes of their folder, whoever uploaded or started them. What lies outside a scope is
///   `storage.not_found`. Deleting what is absent, or outside, succeeds and does nothing.
/// - A job whose folder, or group, goes is forgotten; one that is being worked on is called off.
#[async_trait]
pub trait FolderRepository: Debug + Send + Sync {
    /// Stores a new folder with what it begins with; its state follows from that.
    ///
    /// # Errors
    /// `storage.conflict` when an id is taken or a blob was not staged; `storage.not_found` when a source of an analysis is
    /// not among the media; `storage.backend`.
    async fn create_folder(&self, folder: &Folder, content: &FolderContent) -> Result<()>;

    /// A folder.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn folder(&self, scope: &Scope, id: FolderId) -> Result<Folder>;

    /// Folders of a scope.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn folders(&self, scope: &Scope, filter: &FolderFilter, slice: &Slice) -> Result<Vec<Folder>>;

    /// How many folders of a scope there are.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_folders(&self, scope: &Scope, filter: &FolderFilter) -> Result<u64>;

    /// Changes a folder.
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

    /// Deletes a folder with media, analyses, results and jobs: its groups', its media's previews, its notices.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()>;

    /// Erases the media of a folder that has no running analyses, best shots included; the records stay, without blobs, and
    /// the folder is `cleared`. Results stay.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` while analyses run; `storage.backend`.
    async fn clear_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()>;

    /// Adds media to a folder, with further work on them.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when an id is taken or a blob was not staged; `storage.backend`.
    async fn add_media(
        &self,
        scope: &Scope,
        folder: FolderId,
        media: &[StoredMedia],
        jobs: &[NewJob],
        now: Timestamp,
    ) -> Result<()>;

    /// One of the media.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn media(&self, scope: &Scope, id: MediaId) -> Result<StoredMedia>;

    /// The media of folders, by folder in the order given, then by time of upload, then in the order in which they were
    /// stored.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn media_of(&self, scope: &Scope, folders: &[FolderId]) -> Result<Vec<StoredMedia>>;

    /// Gives media new tags, or attributes.
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

    /// Deletes one of the media. Analyses that looked at it stay.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_media(&self, scope: &Scope, id: MediaId, now: Timestamp) -> Result<()>;

    /// Takes what a worker found out about media, and completes its job. The media may be gone; then the blobs go as well.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds, or a blob was not staged; `storage.not_found` when the job is
    /// gone; `storage.backend`.
    async fn complete_preview(
        &self,
        lease: &Lease,
        media: MediaId,
        preview: &Preview,
        now: Timestamp,
    ) -> Result<()>;

    /// Starts analyses of a folder.
    ///
    /// # Errors
    /// `storage.not_found` when the folder, or one of the sources, is absent; `storage.conflict`; `storage.backend`.
    async fn start(&self, scope: &Scope, folder: FolderId, group: &NewGroup, now: Timestamp) -> Result<()>;

    /// An analysis.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn analysis(&self, scope: &Scope, id: AnalysisId) -> Result<Analysis>;

    /// Analyses of a scope.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn analyses(&self, scope: &Scope, filter: &AnalysisFilter, slice: &Slice) -> Result<Vec<Analysis>>;

    /// How many analyses of a scope there are.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_analyses(&self, scope: &Scope, filter: &AnalysisFilter) -> Result<u64>;

    /// The analyses of a group, in the order in which they were stored; none when they are gone.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn group(&self, id: GroupId) -> Result<Vec<Analysis>>;

    /// Takes the answers to a group, with the previews that came of looking at its media, and completes its job. Answers to
    /// analyses that are gone or have ended and previews of media that are gone are passed over, and their blobs are due for
    /// erasure; analyses without an answer fail with code `job.no_answer`.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds or is that of another group, or a blob was not staged;
    /// `storage.not_found` when the job is gone; `storage.backend`.
    async fn finish(
        &self,
        lease: &Lease,
        group: GroupId,
        results: &[AnalysisResult],
        previews: &[(MediaId, Preview)],
        now: Timestamp,
    ) -> Result<()>;

    /// Takes note of a failed attempt at a group, as [`JobQueue::fail`](crate::storage::port::JobQueue::fail); if the job
    /// dies of it, the analyses fail with the same failure.
    ///
    /// # Errors
    /// `storage.conflict` when the lease no longer holds or is that of another group; `storage.not_found` when the job is
    /// gone; `storage.backend`.
    async fn fail(
        &self,
        lease: &Lease,
        group: GroupId,
        failure: &Failure,
        retry: Retry,
        now: Timestamp,
    ) -> Result<JobState>;

    /// Fails groups that were started more than `delivery` ago and are not leased, or more than `delivery + processing` ago
    /// at all, with code `job.timed_out`; their jobs are dead. A lease that has run out does not count. Says how many.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn expire(&self, delivery: Duration, processing: Duration, now: Timestamp) -> Result<u64>;

    /// Sets an operator's decision on a finished analysis, in place of an earlier one.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when the analysis is not finished; `storage.backend`.
    async fn decide(&self, scope: &Scope, id: AnalysisId, decision: &OperatorDecision) -> Result<Analysis>;

    /// Gives an analysis new attributes.
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

    /// Deletes an analysis with its results. The last of a group takes its job with it.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_analysis(&self, scope: &Scope, id: AnalysisId, now: Timestamp) -> Result<()>;

    /// Counts over what was created in `range`. `person` is the path of the facet that names a person, by which folders are
    /// attempts of one.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn statistics(&self, scope: &Scope, range: &TimeRange, person: &str) -> Result<Statistics>;
}
