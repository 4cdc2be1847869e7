//! Implementation of the folder repository port.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use oz_core::Result;
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

use super::{Record, State};
use crate::checks::ensure_job_of;
use crate::memory::MemoryStore;
use crate::memory::store::{Place, sliced};

fn folder_place(folder: &Folder) -> Place {
    Place { created: folder.created, updated: folder.updated, id: folder.id.uuid() }
}

fn analysis_place(analysis: &Analysis) -> Place {
    Place { created: analysis.created, updated: analysis.updated, id: analysis.id.uuid() }
}

impl State {
    /// Adds content to an existing folder.
    fn add(&mut self, scope: &Scope, id: FolderId, content: &FolderContent, now: Timestamp) -> Result<()> {
        let record = self.folders.record(scope, id)?;
        self.check_content(id, &record.media, content)?;
        self.store_content(id, content);
        self.refresh(id, None, now);
        Ok(())
    }

    fn complete_preview(
        &mut self,
        lease: &Lease,
        id: MediaId,
        preview: &Preview,
        now: Timestamp,
    ) -> Result<()> {
        let mut done = self.jobs.get(lease.job)?.clone();
        done.complete(lease.fence, Vec::new(), now)?;
        self.check_preview(id, preview)?;

        self.set_preview(id, preview, now);
        self.change_job(lease.job, now, |job| {
            *job = done;
            Ok(())
        })
    }
}

#[async_trait]
impl FolderRepository for MemoryStore {
    async fn create_folder(&self, folder: &Folder, content: &FolderContent) -> Result<()> {
        let mut state = self.state();
        if state.folders.records.contains_key(&folder.id) {
            return Err(folder.id.conflict());
        }
        state.check_content(folder.id, &[], content)?;
        let record = Record { folder: folder.clone(), media: Vec::new(), analyses: Vec::new() };
        state.folders.records.insert(folder.id, record);
        state.store_content(folder.id, content);
        state.refresh(folder.id, None, folder.updated);
        Ok(())
    }

    async fn folder(&self, scope: &Scope, id: FolderId) -> Result<Folder> {
        Ok(self.state().folders.record(scope, id)?.folder.clone())
    }

    async fn folders(&self, scope: &Scope, filter: &FolderFilter, slice: &Slice) -> Result<Vec<Folder>> {
        Ok(sliced(self.state().folders.admitted_folders(scope, filter), slice, folder_place))
    }

    async fn count_folders(&self, scope: &Scope, filter: &FolderFilter) -> Result<u64> {
        Ok(self.state().folders.admitted_folders(scope, filter).count() as u64)
    }

    async fn update_folder(
        &self,
        scope: &Scope,
        id: FolderId,
        change: &FolderChange,
        now: Timestamp,
    ) -> Result<Folder> {
        let mut state = self.state();
        let folder = &mut state.folders.record_mut(scope, id)?.folder;
        if let Some(metadata) = &change.metadata {
            folder.metadata = metadata.clone();
        }
        if let Some(endpoint) = &change.endpoint {
            folder.endpoint = endpoint.clone();
        }
        state.refresh(id, None, now);
        Ok(state.folders.record(scope, id)?.folder.clone())
    }

    async fn delete_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()> {
        self.state().delete_folder(scope, id, now);
        Ok(())
    }

    async fn clear_folder(&self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()> {
        self.state().clear_folder(scope, id, now)
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
        self.state().add(scope, folder, &content, now)
    }

    async fn media(&self, scope: &Scope, id: MediaId) -> Result<StoredMedia> {
        self.state().folders.holder_of_media(scope, id)?.media_mut(id).cloned()
    }

    async fn media_of(&self, scope: &Scope, folders: &[FolderId]) -> Result<Vec<StoredMedia>> {
        let state = self.state();
        let mut seen = BTreeSet::new();
        let records = folders.iter().filter(|id| seen.insert(**id));
        let in_scope = records.filter_map(|id| state.folders.record(scope, *id).ok());
        Ok(in_scope.flat_map(|record| &record.media).cloned().collect())
    }

    async fn update_media(
        &self,
        scope: &Scope,
        id: MediaId,
        tags: Option<&[String]>,
        metadata: Option<&Metadata>,
        now: Timestamp,
    ) -> Result<StoredMedia> {
        let mut state = self.state();
        let record = state.folders.holder_of_media(scope, id)?;
        let folder = record.folder.id;
        let media = record.media_mut(id)?;
        if let Some(tags) = tags {
            media.tags = tags.to_vec();
        }
        if let Some(metadata) = metadata {
            media.metadata = metadata.clone();
        }
        media.updated = now;

        let updated = media.clone();
        state.refresh(folder, None, now);
        Ok(updated)
    }

    async fn delete_media(&self, scope: &Scope, id: MediaId, now: Timestamp) -> Result<()> {
        self.state().delete_media(scope, id, now);
        Ok(())
    }

    async fn complete_preview(
        &self,
        lease: &Lease,
        media: MediaId,
        preview: &Preview,
        now: Timestamp,
    ) -> Result<()> {
        self.state().complete_preview(lease, media, preview, now)
    }

    async fn start(&self, scope: &Scope, folder: FolderId, group: &NewGroup, now: Timestamp) -> Result<()> {
        let content = FolderContent { group: Some(group.clone()), ..FolderContent::default() };
        self.state().add(scope, folder, &content, now)
    }

    async fn analysis(&self, scope: &Scope, id: AnalysisId) -> Result<Analysis> {
        self.state().folders.holder_of_analysis(scope, id)?.analysis_mut(id).cloned()
    }

    async fn analyses(&self, scope: &Scope, filter: &AnalysisFilter, slice: &Slice) -> Result<Vec<Analysis>> {
        Ok(sliced(self.state().folders.admitted_analyses(scope, filter), slice, analysis_place))
    }

    async fn count_analyses(&self, scope: &Scope, filter: &AnalysisFilter) -> Result<u64> {
        Ok(self.state().folders.admitted_analyses(scope, filter).count() as u64)
    }

    async fn group(&self, id: GroupId) -> Result<Vec<Analysis>> {
        Ok(self.state().folders.group(id))
    }

    async fn finish(
        &self,
        lease: &Lease,
        group: GroupId,
        results: &[AnalysisResult],
        previews: &[(MediaId, Preview)],
        now: Timestamp,
    ) -> Result<()> {
        self.state().finish(lease, group, results, previews, now)
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
        self.state().change_job(lease.job, now, |job| job.fail(lease.fence, failure.clone(), retry, now))
    }

    async fn expire(&self, delivery: Duration, processing: Duration, now: Timestamp) -> Result<u64> {
        Ok(self.state().expire(delivery, processing, now))
    }

    async fn decide(&self, scope: &Scope, id: AnalysisId, decision: &OperatorDecision) -> Result<Analysis> {
        let mut state = self.state();
        let record = state.folders.holder_of_analysis(scope, id)?;
        let folder = record.folder.id;
        let analysis = record.analysis_mut(id)?;
        analysis.decide(decision.clone())?;
        let decided = analysis.clone();
        state.refresh(folder, None, decision.at);
        Ok(decided)
    }

    async fn update_analysis(
        &self,
        scope: &Scope,
        id: AnalysisId,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Analysis> {
        let mut state = self.state();
        let record = state.folders.holder_of_analysis(scope, id)?;
        let folder = record.folder.id;
        let analysis = record.analysis_mut(id)?;
        analysis.metadata = metadata.clone();
        analysis.updated = now;
        let updated = analysis.clone();
        state.refresh(folder, None, now);
        Ok(updated)
    }

    async fn delete_analysis(&self, scope: &Scope, id: AnalysisId, now: Timestamp) -> Result<()> {
        self.state().delete_analysis(scope, id, now);
        Ok(())
    }

    async fn statistics(&self, scope: &Scope, range: &TimeRange, person: &str) -> Result<Statistics> {
        Ok(self.state().folders.statistics(scope, range, person))
    }
}
