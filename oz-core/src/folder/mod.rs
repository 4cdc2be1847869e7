//! Folders: related media of one person, with their analyses.
//!
//! Invariants: the status and verdict of a folder are derived from its analyses ([`FolderState::of`]);
//! analyses that are started together share one [`GroupId`] and one job, and end in one transaction; every
//! started analysis ends.

mod analysis;
mod assignment;
mod job;
pub mod judgement;
mod kind;
mod media;
pub mod port;
mod query;
mod record;
mod results;
mod statistics;
mod status;

pub use analysis::{
    Analysis, AnalysisId, AnalysisParams, AnalysisSummary, GroupId, NewGroup, OperatorDecision, SearchParams,
};
pub use assignment::sources;
pub use job::{JobKind, ended_group, group_job, is_late, notice, notice_id, timed_out};
pub use kind::{AnalysisKind, CustomKind};
pub use media::{MediaId, MediaRole, Preview, StoredMedia};
pub use query::{AnalysisFilter, FolderFilter};
pub use record::{Folder, FolderChange, FolderContent, FolderId};
pub use results::{AnalysisResult, AnalysisResults, LivenessFinding, MatchFinding, MediaResult};
pub use statistics::{AnalysisCount, AttemptCount, FolderCount, Statistics};
pub use status::{AnalysisState, AnalysisStatus, FolderState, FolderStatus, FolderVerdict, Resolution};
