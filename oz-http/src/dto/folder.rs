//! Wire form of a folder.

use oz_core::folder::Folder;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::analysis::AnalysisDto;
use super::media::MediaDto;
use super::words::{Word, seconds};

/// A folder: one case with its media and analyses.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Folder)]
pub(crate) struct FolderDto {
    /// ID of the folder (UUID).
    pub(crate) folder_id: String,
    /// ID of the owning company (UUID); null in instant mode.
    pub(crate) company_id: Option<String>,
    /// ID of the user who created the folder (UUID); null in instant mode.
    pub(crate) user_id: Option<String>,
    /// Processing state: `INITIAL` (no analyses), `PROCESSING`, `FINISHED`, or `FAILED` (at least one
    /// failed).
    pub(crate) resolution_status: &'static str,
    /// Automatic outcome, the worst of the latest group of analyses: `INITIAL`, `PROCESSING`, `SUCCESS`,
    /// `OPERATOR_REQUIRED`, `DECLINED` or `FAILED`.
    pub(crate) system_resolution: &'static str,
    /// Webhook URL called when the analyses finish.
    pub(crate) resolution_endpoint: Option<String>,
    /// Comment on the latest operator decision.
    pub(crate) resolution_comment: Option<String>,
    /// Time when the latest analysis finished or was decided, in UNIX seconds.
    pub(crate) resolution_time: Option<f64>,
    /// ID of the operator who decided last (UUID).
    pub(crate) resolution_author_id: Option<String>,
    /// Reserved; always null.
    pub(crate) resolution_state_hash: Option<String>,
    /// Alias of `resolution_comment`.
    pub(crate) operator_comment: Option<String>,
    /// Latest operator decision: `SUCCESS` or `DECLINED`; null if none was made.
    pub(crate) operator_status: Option<&'static str>,
    /// Whether retention erased the media; records and results remain.
    pub(crate) is_cleared: bool,
    /// Media of the folder, in upload order.
    pub(crate) media: Vec<MediaDto>,
    /// Analyses of the folder, oldest first; empty in lists without `with_analyses`.
    pub(crate) analyses: Vec<AnalysisDto>,
    /// Custom attributes.
    pub(crate) meta_data: Map<String, Value>,
    /// Reserved; always empty.
    pub(crate) technical_meta_data: Map<String, Value>,
    /// Creation time, in UNIX seconds.
    pub(crate) time_created: f64,
    /// Time of the last change to the folder or its contents, in UNIX seconds.
    pub(crate) time_updated: f64,
}

impl FolderDto {
    /// Converts a stored folder with its media and analyses.
    pub(crate) fn new(folder: &Folder, media: Vec<MediaDto>, analyses: Vec<AnalysisDto>) -> Self {
        let latest = |analysis: &&AnalysisDto| (analysis.resolution_time.unwrap_or(0.0) * 1e6) as i64;
        let decided =
            analyses.iter().filter(|analysis| analysis.operator_status.is_some()).max_by_key(latest);
        let comment = decided.and_then(|analysis| analysis.operator_comment.clone());

        Self {
            folder_id: folder.id.to_string(),
            company_id: Some(folder.company.to_string()),
            user_id: Some(folder.owner.to_string()),
            resolution_status: folder.state.status.word(),
            system_resolution: folder.state.verdict.word(),
            resolution_endpoint: folder.endpoint.clone(),
            resolution_comment: comment.clone(),
            resolution_time: analyses.iter().max_by_key(latest).and_then(|analysis| analysis.resolution_time),
            resolution_author_id: decided.and_then(|analysis| analysis.resolution_author_id.clone()),
            resolution_state_hash: None,
            operator_comment: comment,
            operator_status: decided.and_then(|analysis| analysis.operator_status),
            is_cleared: folder.cleared,
            meta_data: folder.metadata.as_object().clone(),
            technical_meta_data: Map::new(),
            time_created: seconds(folder.created),
            time_updated: seconds(folder.updated),
            media,
            analyses,
        }
    }
}
