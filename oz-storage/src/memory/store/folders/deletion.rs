//! Deleting folders, media and analyses with their blobs and jobs.

use std::collections::BTreeSet;

use oz_core::Result;
use oz_core::account::Scope;
use oz_core::folder::{Analysis, AnalysisId, FolderId, FolderStatus, GroupId, JobKind, MediaId, StoredMedia};
use oz_core::storage::BlobKey;
use oz_core::system::Timestamp;

use super::State;

impl State {
    pub(super) fn delete_folder(&mut self, scope: &Scope, id: FolderId, now: Timestamp) {
        if self.folders.record(scope, id).is_err() {
            return;
        }
        let Some(record) = self.folders.records.remove(&id) else { return };
        let blobs = record.media.iter().flat_map(StoredMedia::blobs);
        self.erasures.stage(blobs.chain(record.analyses.iter().flat_map(Analysis::blobs)), now);

        for media in &record.media {
            self.folders.media.remove(&media.id);
            self.discard_jobs(JobKind::Preview, &media.id.to_string(), now);
        }
        for analysis in &record.analyses {
            self.folders.analyses.remove(&analysis.id);
        }

        let groups: BTreeSet<GroupId> = record.analyses.iter().map(|analysis| analysis.group).collect();
        groups.into_iter().for_each(|group| self.discard_group(group, now));
        self.discard_jobs(JobKind::Notice, &id.to_string(), now);
    }

    fn discard_jobs(&mut self, kind: JobKind, payload: &str, now: Timestamp) {
        for job in self.jobs.with_payload(kind, payload) {
            self.jobs.discard(job, now);
        }
    }

    pub(super) fn clear_folder(&mut self, scope: &Scope, id: FolderId, now: Timestamp) -> Result<()> {
        let record = self.folders.record_mut(scope, id)?;
        if record.folder.state.status == FolderStatus::Processing {
            return Err(id.conflict());
        }
        record.folder.cleared = true;

        let mut blobs: Vec<BlobKey> = Vec::new();
        for media in record.media.iter_mut().filter(|media| media.blobs().next().is_some()) {
            blobs.extend(media.blobs());
            media.clear();
            media.updated = now;
        }
        for analysis in record.analyses.iter_mut().filter(|analysis| analysis.blobs().next().is_some()) {
            blobs.extend(analysis.blobs());
            analysis.results.iter_mut().for_each(oz_core::folder::AnalysisResults::clear);
            analysis.updated = now;
        }

        self.erasures.stage(blobs, now);
        self.refresh(id, None, now);
        Ok(())
    }

    pub(super) fn delete_media(&mut self, scope: &Scope, id: MediaId, now: Timestamp) {
        let Ok(record) = self.folders.holder_of_media(scope, id) else { return };
        let folder = record.folder.id;
        let deleted = record.media.extract_if(.., |media| media.id == id);
        let blobs: Vec<BlobKey> = deleted.flat_map(|media| media.blobs().collect::<Vec<_>>()).collect();
        self.folders.media.remove(&id);
        self.erasures.stage(blobs, now);
        self.refresh(folder, None, now);
    }

    pub(super) fn delete_analysis(&mut self, scope: &Scope, id: AnalysisId, now: Timestamp) {
        let Ok(record) = self.folders.holder_of_analysis(scope, id) else { return };
        let folder = record.folder.id;
        let Some(at) = record.analyses.iter().position(|analysis| analysis.id == id) else { return };
        let deleted = record.analyses.remove(at);
        let is_last = !record.analyses.iter().any(|analysis| analysis.group == deleted.group);

        self.folders.analyses.remove(&id);
        self.erasures.stage(deleted.blobs(), now);
        if is_last {
            self.discard_group(deleted.group, now);
        }
        self.refresh(folder, Some(deleted.group), now);
    }
}
