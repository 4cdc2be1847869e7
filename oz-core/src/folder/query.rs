//! Which folders and analyses.

use super::{Analysis, FolderVerdict};
use super::{
    AnalysisId, AnalysisKind, AnalysisState, AnalysisStatus, Folder, FolderId, FolderStatus, GroupId,
};
use crate::account::UserId;
use crate::listing::{Choice, TimeRange};
use crate::metadata::MetadataCondition;
use crate::system::CompanyId;

/// Which folders; every condition has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderFilter {
    /// Which.
    pub ids: Choice<FolderId>,
    /// Whose.
    pub companies: Choice<CompanyId>,
    /// Made by whom.
    pub owners: Choice<UserId>,
    /// Created when.
    pub created: TimeRange,
    /// Changed when.
    pub updated: TimeRange,
    /// How far.
    pub statuses: Choice<FolderStatus>,
    /// What the machine says.
    pub verdicts: Choice<FolderVerdict>,
    /// Whether their media were erased by retention.
    pub cleared: Option<bool>,
    /// Conditions on the metadata.
    pub metadata: Vec<MetadataCondition>,
    /// With at least one analysis of an included kind, and none of an excluded one.
    pub analysis_kinds: Choice<AnalysisKind>,
    /// With at least one analysis of an included status, and none of an excluded one.
    pub analysis_statuses: Choice<AnalysisStatus>,
}

impl FolderFilter {
    /// Whether a folder with these analyses is one of them.
    #[must_use]
    pub fn admits(&self, folder: &Folder, analyses: &[Analysis]) -> bool {
        self.ids.admits(&folder.id)
            && self.companies.admits(&folder.company)
            && self.owners.admits(&folder.owner)
            && self.created.admits(folder.created)
            && self.updated.admits(folder.updated)
            && self.statuses.admits(&folder.state.status)
            && self.verdicts.admits(&folder.state.verdict)
            && self.cleared.is_none_or(|cleared| cleared == folder.cleared)
            && self.metadata.iter().all(|condition| condition.holds(&folder.metadata))
            && some_and_none(&self.analysis_kinds, analyses, |analysis| analysis.kind)
            && some_and_none(&self.analysis_statuses, analyses, Analysis::status)
    }
}

fn some_and_none<T: PartialEq>(
    choice: &Choice<T>,
    analyses: &[Analysis],
    of: impl Fn(&Analysis) -> T,
) -> bool {
    let any = |list: &[T]| analyses.iter().any(|analysis| list.contains(&of(analysis)));
    (choice.include.is_empty() || any(&choice.include)) && !any(&choice.exclude)
}

/// Which analyses; every condition has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnalysisFilter {
    /// Which.
    pub ids: Choice<AnalysisId>,
    /// Of which folders.
    pub folders: Choice<FolderId>,
    /// Of which groups.
    pub groups: Choice<GroupId>,
    /// Asking what.
    pub kinds: Choice<AnalysisKind>,
    /// How far.
    pub states: Choice<AnalysisState>,
    /// With which outcome.
    pub statuses: Choice<AnalysisStatus>,
    /// Started when.
    pub created: TimeRange,
    /// Changed when.
    pub updated: TimeRange,
    /// That found this subject in a collection.
    pub subject: Option<crate::collection::SubjectId>,
}

impl AnalysisFilter {
    /// Whether an analysis is one of them.
    #[must_use]
    pub fn admits(&self, analysis: &Analysis) -> bool {
        let finds = |subject| analysis.results.iter().any(|results| results.subjects().contains(&subject));
        self.ids.admits(&analysis.id)
            && self.folders.admits(&analysis.folder)
            && self.groups.admits(&analysis.group)
            && self.kinds.admits(&analysis.kind)
            && self.states.admits(&analysis.state)
            && self.statuses.admits(&analysis.status())
            && self.created.admits(analysis.created)
            && self.updated.admits(analysis.updated)
            && self.subject.is_none_or(finds)
    }
}
