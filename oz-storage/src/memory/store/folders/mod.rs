//! Folders in memory, as records that hold their media and analyses.
//!
//! Invariant: every change ends in [`State::refresh`], which updates the folder's state and enqueues its
//! notice.

mod content;
mod deletion;
mod group;
mod preview;
mod repository;
mod statistics;

use std::collections::{BTreeMap, HashMap};

use oz_core::Result;
use oz_core::account::Scope;
use oz_core::folder::{
    Analysis, AnalysisFilter, AnalysisId, AnalysisSummary, Folder, FolderFilter, FolderId, FolderState,
    GroupId, MediaId, StoredMedia, notice,
};
use oz_core::system::{CompanyId, Timestamp};

use super::State;

#[derive(Debug, Default)]
pub(super) struct Folders {
    records: BTreeMap<FolderId, Record>,
    /// Folder of each media.
    media: HashMap<MediaId, FolderId>,
    /// Folder of each analysis.
    analyses: HashMap<AnalysisId, FolderId>,
    /// Folder of each group that has at least one analysis.
    groups: BTreeMap<GroupId, FolderId>,
}

/// Folder with its media and analyses.
#[derive(Debug)]
struct Record {
    folder: Folder,
    /// Ordered by upload time, then by insertion.
    media: Vec<StoredMedia>,
    /// In insertion order.
    analyses: Vec<Analysis>,
}

impl Record {
    fn is_in(&self, scope: &Scope) -> bool {
        scope.holds(self.folder.company, self.folder.owner)
    }

    fn is_admitted(&self, scope: &Scope, filter: &FolderFilter) -> bool {
        self.is_in(scope) && filter.admits(&self.folder, &self.analyses)
    }

    /// State derived from the analyses.
    fn state(&self) -> FolderState {
        let summaries: Vec<AnalysisSummary> = self.analyses.iter().map(Analysis::summary).collect();
        FolderState::of(&summaries)
    }

    fn media_mut(&mut self, id: MediaId) -> Result<&mut StoredMedia> {
        self.media.iter_mut().find(|media| media.id == id).ok_or_else(|| id.not_found())
    }

    fn analysis_mut(&mut self, id: AnalysisId) -> Result<&mut Analysis> {
        self.analyses.iter_mut().find(|analysis| analysis.id == id).ok_or_else(|| id.not_found())
    }
}

impl Folders {
    pub(super) fn has_any_of(&self, company: CompanyId) -> bool {
        self.records.values().any(|record| record.folder.company == company)
    }

    fn record(&self, scope: &Scope, id: FolderId) -> Result<&Record> {
        self.records.get(&id).filter(|record| record.is_in(scope)).ok_or_else(|| id.not_found())
    }

    fn record_mut(&mut self, scope: &Scope, id: FolderId) -> Result<&mut Record> {
        self.records.get_mut(&id).filter(|record| record.is_in(scope)).ok_or_else(|| id.not_found())
    }

    /// Record that holds a media, if it is in the scope.
    fn holder_of_media(&mut self, scope: &Scope, id: MediaId) -> Result<&mut Record> {
        let folder = self.media.get(&id).copied().ok_or_else(|| id.not_found())?;
        self.record_mut(scope, folder).map_err(|_| id.not_found())
    }

    /// Record that holds an analysis, if it is in the scope.
    fn holder_of_analysis(&mut self, scope: &Scope, id: AnalysisId) -> Result<&mut Record> {
        let folder = self.analyses.get(&id).copied().ok_or_else(|| id.not_found())?;
        self.record_mut(scope, folder).map_err(|_| id.not_found())
    }

    fn admitted_folders<'a>(
        &'a self,
        scope: &'a Scope,
        filter: &'a FolderFilter,
    ) -> impl Iterator<Item = &'a Folder> {
        self.records.values().filter(|record| record.is_admitted(scope, filter)).map(|record| &record.folder)
    }

    fn admitted_analyses<'a>(
        &'a self,
        scope: &'a Scope,
        filter: &'a AnalysisFilter,
    ) -> impl Iterator<Item = &'a Analysis> {
        let in_scope = self.records.values().filter(|record| record.is_in(scope));
        in_scope.flat_map(|record| &record.analyses).filter(|analysis| filter.admits(analysis))
    }
}

impl State {
    /// Updates the derived state of a folder after a change at `now`. Enqueues a notice to the folder's
    /// endpoint if the change to `group` completed the last running analysis.
    fn refresh(&mut self, id: FolderId, group: Option<GroupId>, now: Timestamp) {
        let Some(record) = self.folders.records.get_mut(&id) else { return };
        let earlier = record.folder.state;
        record.folder.state = record.state();
        record.folder.updated = now;

        let needs_notice =
            record.folder.endpoint.is_some() && record.folder.state.has_completed_since(earlier);
        if let Some(group) = group.filter(|_| needs_notice) {
            self.jobs.add(notice(id, group, now));
        }
    }
}
