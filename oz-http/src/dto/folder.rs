//! Folders on the wire.

use oz_core::folder::Folder;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::analysis::AnalysisDto;
use super::media::MediaDto;
use super::words::{Word, seconds};

/// A folder with what is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Folder)]
pub(crate) struct FolderDto {
    /// Unique name.
    pub(crate) folder_id: String,
    /// Whose it is; null where nothing is stored.
    pub(crate) company_id: Option<String>,
    /// Who made it.
    pub(crate) user_id: Option<String>,
    /// INITIAL, PROCESSING, FINISHED or FAILED: how far its analyses are.
    pub(crate) resolution_status: &'static str,
    /// What the machine says of the last group of analyses.
    pub(crate) system_resolution: &'static str,
    /// Where it is told that the analyses are done.
    pub(crate) resolution_endpoint: Option<String>,
    /// Why an operator decided.
    pub(crate) resolution_comment: Option<String>,
    /// When the last analysis was done or decided, in seconds since the epoch.
    pub(crate) resolution_time: Option<f64>,
    /// Who decided.
    pub(crate) resolution_author_id: Option<String>,
    /// Reserved.
    pub(crate) resolution_state_hash: Option<String>,
    /// The same as `resolution_comment`.
    pub(crate) operator_comment: Option<String>,
    /// What an operator decided last.
    pub(crate) operator_status: Option<&'static str>,
    /// Whether its media were erased by retention.
    pub(crate) is_cleared: bool,
    /// Its media.
    pub(crate) media: Vec<MediaDto>,
    /// Its analyses, where they were asked for.
    pub(crate) analyses: Vec<AnalysisDto>,
    /// Free attributes.
    pub(crate) meta_data: Map<String, Value>,
    /// Reserved.
    pub(crate) technical_meta_data: Map<String, Value>,
    /// When it was created, in seconds since the epoch.
    pub(crate) time_created: f64,
    /// When it, or anything in it, was changed last, in seconds since the epoch.
    pub(crate) time_updated: f64,
}

impl FolderDto {
    /// As stored.
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
