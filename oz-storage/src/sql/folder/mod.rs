//! Folders, media and analyses.
//!
//! Invariant: a change locks the jobs it will touch, then its folder, and ends in [`folders::refresh`], which
//! updates the folder's state and enqueues its notice.

mod analyses;
mod content;
mod deletion;
mod facets;
mod filter;
mod folders;
mod groups;
mod media;
mod statistics;

use std::time::Duration;

use async_trait::async_trait;
use oz_core::account::Scope;
use oz_core::folder::port::FolderRepository;
use oz_core::folder::{
    Analysis, AnalysisFilter, AnalysisId, AnalysisResult, Folder, FolderChange, FolderContent, FolderFilter,
    FolderId, GroupId, MediaId, NewGroup, OperatorDecision, Preview, Statistics, StoredMedia,
};
use oz_core::listing::{Slice, TimeRange};
use oz_core::metadata::Metadata;
use oz_core::storage::{Failure, JobState, Lease, NewJob, Retry};
use oz_core::system::Timestamp;
use oz_core::{Error, Result};

pub(super) use groups::end_group;

use super::{Columns, Connection, Db, During, Row, Selection, Store};
use super::{count, end, erasure_list, for_update, job_queue, json, text, time, uuid};
use crate::checks::ensure_job_of;

/// Maps `NotFound` to `None`.
fn unless_absent<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl FolderRepository for Store {
    async fn create_folder(&self, folder: &Folder, content: &FolderContent) -> Result<()> {
        let mut tx = self.begin().await?;
        let steps = async {
            folders::insert(&mut tx, folder, content).await?;
            content::store(&mut tx, folder.id, content).await
        };
        end(steps.await, tx).await
    }

    async fn folder(&self, scope: &Scope, id: FolderId) -> Result<Folder> {
        folders::find(&mut *self.read().await?, scope, id).await
    }

    async fn folders(&self, scope: &Scope, filter: &FolderFilter, slice: &Slice) -> Result<Vec<Folder>> {
        folders::list(&mut *self.read().await?, scope, filter, slice).await
    }

    async fn count_folders(&self, scope: &Scope, filter: &FolderFilter) -> Result<u64> {
        folders::count(&mut *self.read().await?, scope, filter).await
    }

    async fn update_folder(
        &self,
        scope: &Scope,
        id: FolderId,
        change: &FolderChange,
        now: Timestamp,
    ) -> Result<Folder> {
        let mut tx = self.begin().await?;
        let updated = folders::update(&mut tx, scope, id, change, now).await;
        end(updated, tx).await
    }

    async fn delete_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = deletion::folder(&mut tx, scope, id, now).await;
        end(done, tx).await
    }

    async fn clear_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = deletion::clear(&mut tx, scope, id, now).await;
        end(done, tx).await
    }

    async fn add_media(
        &self,
        scope: &Scope,
        folder: FolderId,
        media: &[StoredMedia],
        jobs: &[NewJob],
        now: Timestamp,
    ) -> Result<()> {
        let content = FolderContent { media: media.to_vec(), group: None, jobs: jobs.to_vec() };
        let mut tx = self.begin().await?;
        let done = content::add(&mut tx, scope, folder, &content, now).await;
        end(done, tx).await
    }

    async fn media(&self, scope: &Scope, id: MediaId) -> Result<StoredMedia> {
        media::find(&mut *self.read().await?, scope, id).await
    }

    async fn media_of(&self, scope: &Scope, folders: &[FolderId]) -> Result<Vec<StoredMedia>> {
        media::of_folders(&mut *self.read().await?, scope, folders).await
    }

    async fn update_media(
        &self,
        scope: &Scope,
        id: MediaId,
        tags: Option<&[String]>,
        metadata: Option<&Metadata>,
        now: Timestamp,
    ) -> Result<StoredMedia> {
        let mut tx = self.begin().await?;
        let steps = async {
            let (folder, mut media) = media::locked(&mut tx, scope, id).await?;
            media.tags = tags.map_or(media.tags, <[String]>::to_vec);
            media.metadata = metadata.cloned().unwrap_or(media.metadata);
            media.updated = now;
            media::write(&mut tx, &media).await?;
            folders::refresh(&mut tx, folder, None, now).await?;
            Ok(media)
        };
        end(steps.await, tx).await
    }

    async fn delete_media(&self, scope: &Scope, id: MediaId, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = deletion::media(&mut tx, scope, id, now).await;
        end(done, tx).await
    }

    async fn complete_preview(
        &self,
        lease: &Lease,
        media: MediaId,
        preview: &Preview,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let steps = async {
            job_queue::complete(&mut tx, lease, &[], now).await?;
            media::set_preview(&mut tx, media, preview, now).await
        };
        end(steps.await, tx).await
    }

    async fn start(&self, scope: &Scope, folder: FolderId, group: &NewGroup, now: Timestamp) -> Result<()> {
        let content = FolderContent { group: Some(group.clone()), ..FolderContent::default() };
        let mut tx = self.begin().await?;
        let done = content::add(&mut tx, scope, folder, &content, now).await;
        end(done, tx).await
    }

    async fn analysis(&self, scope: &Scope, id: AnalysisId) -> Result<Analysis> {
        analyses::find(&mut *self.read().await?, scope, id).await
    }

    async fn analyses(&self, scope: &Scope, filter: &AnalysisFilter, slice: &Slice) -> Result<Vec<Analysis>> {
        analyses::list(&mut *self.read().await?, scope, filter, slice).await
    }

    async fn count_analyses(&self, scope: &Scope, filter: &AnalysisFilter) -> Result<u64> {
        let counted = filter::analyses(filter::Target::Count, scope, filter);
        counted.count(&mut *self.read().await?, "counting analyses").await
    }

    async fn group(&self, id: GroupId) -> Result<Vec<Analysis>> {
        analyses::of_group(&mut *self.read().await?, id).await
    }

    async fn finish(
        &self,
        lease: &Lease,
        group: GroupId,
        results: &[AnalysisResult],
        previews: &[(MediaId, Preview)],
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = groups::finish(&mut tx, lease, group, results, previews, now).await;
        end(done, tx).await
    }

    async fn fail(
        &self,
        lease: &Lease,
        group: GroupId,
        failure: &Failure,
        retry: Retry,
        now: Timestamp,
    ) -> Result<JobState> {
        ensure_job_of(group, lease)?;
        let mut tx = self.begin().await?;
        let state = job_queue::fail(&mut tx, lease, failure, retry, now).await;
        end(state, tx).await
    }

    async fn expire(&self, delivery: Duration, processing: Duration, now: Timestamp) -> Result<u64> {
        // Usually nothing is late; a read finds that out without waiting for writers.
        let old = groups::started_before(&mut *self.read().await?, now.before(delivery)).await?;
        if old.is_empty() {
            return Ok(0);
        }

        let mut tx = self.begin().await?;
        let expired = groups::expire(&mut tx, old, delivery, processing, now).await;
        end(expired, tx).await
    }

    async fn decide(&self, scope: &Scope, id: AnalysisId, decision: &OperatorDecision) -> Result<Analysis> {
        let mut tx = self.begin().await?;
        let steps = async {
            let (folder, mut analysis) = analyses::locked(&mut tx, scope, id).await?;
            analysis.decide(decision.clone())?;
            analyses::write(&mut tx, &analysis).await?;
            folders::refresh(&mut tx, folder, None, decision.at).await?;
            Ok(analysis)
        };
        end(steps.await, tx).await
    }

    async fn update_analysis(
        &self,
        scope: &Scope,
        id: AnalysisId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Analysis> {
        let mut tx = self.begin().await?;
        let steps = async {
            let (folder, analysis) = analyses::locked(&mut tx, scope, id).await?;
            let analysis = Analysis { metadata: metadata.clone(), updated: now, ..analysis };
            analyses::write(&mut tx, &analysis).await?;
            folders::refresh(&mut tx, folder, None, now).await?;
            Ok(analysis)
        };
        end(steps.await, tx).await
    }

    async fn delete_analysis(&self, scope: &Scope, id: AnalysisId, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = deletion::analysis(&mut tx, scope, id, now).await;
        end(done, tx).await
    }

    async fn statistics(&self, scope: &Scope, range: &TimeRange, person: &str) -> Result<Statistics> {
        let mut snapshot = self.snapshot().await?;
        statistics::count_all(&mut snapshot, scope, range, person).await
    }
}
