//! Cases: media of one person that belong together, and the analyses of them.
//!
//! Invariants: a folder's status and verdict follow from its analyses ([`FolderState::of`]); analyses that were started
//! together are one [`GroupId`], one job, and end in one transaction; an analysis that was started ends.

mod analysis;
mod assignment;
mod job;
pub mod judgement;
mod media;
pub mod port;
mod query;
mod record;
mod results;
mod statistics;
mod status;

pub use analysis::{
    Analysis, AnalysisId, AnalysisKind, AnalysisParams, GroupId, NewGroup, OperatorDecision, Progress,
    SearchParams,
};
pub use assignment::{Tag, sources};
pub use job::{JobKind, ended_group, group_job, is_late, notice, notice_id, timed_out};
pub use media::{MediaId, MediaRole, Preview, StoredMedia};
pub use query::{AnalysisFilter, FolderFilter};
pub use record::{Folder, FolderChange, FolderContent, FolderId};
pub use results::{AnalysisResult, AnalysisResults, LivenessFinding, MatchFinding, MediaResult};
pub use statistics::{AnalysisCount, AttemptCount, FolderCount, Statistics};
pub use status::{AnalysisState, AnalysisStatus, FolderState, FolderStatus, FolderVerdict, Resolution};
