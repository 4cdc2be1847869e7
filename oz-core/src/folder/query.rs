//! Filters for folders and analyses.

use super::{Analysis, FolderVerdict};
use super::{
    AnalysisId, AnalysisKind, AnalysisState, AnalysisStatus, Folder, FolderId, FolderStatus, GroupId,
};
use crate::account::UserId;
use crate::listing::{Choice, TimeRange};
use crate::metadata::MetadataCondition;
use crate::system::CompanyId;

/// Conditions on folders; all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderFilter {
    /// Folder IDs.
    pub ids: Choice<FolderId>,
    /// Owning companies.
    pub companies: Choice<CompanyId>,
    /// Users who created the folders.
    pub owners: Choice<UserId>,
    /// Creation time.
    pub created: TimeRange,
    /// Time of the last change.
    pub updated: TimeRange,
    /// Processing status.
    pub statuses: Choice<FolderStatus>,
    /// Automatic verdict.
    pub verdicts: Choice<FolderVerdict>,
    /// Whether the media were erased by retention.
    pub cleared: Option<bool>,
    /// Conditions on the metadata.
    pub metadata: Vec<MetadataCondition>,
    /// Kinds of analyses: the folder must contain an included kind and no excluded kind.
    pub analysis_kinds: Choice<AnalysisKind>,
    /// Statuses of analyses: the folder must contain an included status and no excluded status.
    pub analysis_statuses: Choice<AnalysisStatus>,
}

impl FolderFilter {
    /// Whether a folder with these analyses satisfies the filter.
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
            && contains_choice(analyses, &self.analysis_kinds, |analysis| analysis.kind)
            && contains_choice(analyses, &self.analysis_statuses, Analysis::status)
    }
}

/// Whether at least one analysis has an included value, and none has an excluded one.
fn contains_choice<T: PartialEq>(
    analyses: &[Analysis],
    choice: &Choice<T>,
    field: impl Fn(&Analysis) -> T,
) -> bool {
    let any = |list: &[T]| analyses.iter().any(|analysis| list.contains(&field(analysis)));
    (choice.include.is_empty() || any(&choice.include)) && !any(&choice.exclude)
}

/// Conditions on analyses; all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnalysisFilter {
    /// Analysis IDs.
    pub ids: Choice<AnalysisId>,
    /// Folders of the analyses.
    pub folders: Choice<FolderId>,
    /// Groups of the analyses.
    pub groups: Choice<GroupId>,
    /// Kind of analysis.
    pub kinds: Choice<AnalysisKind>,
    /// Processing state.
    pub states: Choice<AnalysisState>,
    /// Combined status, including an operator's decision.
    pub statuses: Choice<AnalysisStatus>,
    /// Start time.
    pub created: TimeRange,
    /// Time of the last change.
    pub updated: TimeRange,
    /// Subject that must be among the candidates of the results.
    pub subject: Option<crate::collection::SubjectId>,
}

impl AnalysisFilter {
    /// Whether an analysis satisfies the filter.
    #[must_use]
    pub fn admits(&self, analysis: &Analysis) -> bool {
        let found = |subject| analysis.results.iter().any(|results| results.subjects().contains(&subject));

        self.ids.admits(&analysis.id)
            && self.folders.admits(&analysis.folder)
            && self.groups.admits(&analysis.group)
            && self.kinds.admits(&analysis.kind)
            && self.states.admits(&analysis.state)
            && self.statuses.admits(&analysis.status())
            && self.created.admits(analysis.created)
            && self.updated.admits(analysis.updated)
            && self.subject.is_none_or(found)
    }
}
