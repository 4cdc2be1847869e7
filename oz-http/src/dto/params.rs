//! Filters of lists, described.

use utoipa::IntoParams;

/// Filters of folders.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that are read by `filter`")]
pub(crate) struct FolderParams {
    /// Ids of folders, parted by commas.
    folder_id: Option<String>,
    /// Ids of companies.
    company_id: Option<String>,
    /// Ids of users who made them.
    user_id: Option<String>,
    /// Created not before, in seconds since the epoch.
    #[param(rename = "time_created.min")]
    time_created_min: Option<f64>,
    /// Created not after.
    #[param(rename = "time_created.max")]
    time_created_max: Option<f64>,
    /// Changed not before.
    #[param(rename = "time_updated.min")]
    time_updated_min: Option<f64>,
    /// Changed not after.
    #[param(rename = "time_updated.max")]
    time_updated_max: Option<f64>,
    /// `key==value` or `key!=value`; may be given several times, and all have to hold.
    #[param(example = "transaction_id==T-778")]
    meta_data: Option<String>,
    /// INITIAL, PROCESSING, FINISHED, FAILED.
    resolution_status: Option<String>,
    /// None of these.
    #[param(rename = "resolution_status.exclude")]
    resolution_status_exclude: Option<String>,
    /// INITIAL, PROCESSING, FAILED, DECLINED, OPERATOR_REQUIRED, SUCCESS.
    system_resolution: Option<String>,
    /// With an analysis of one of these types.
    #[param(rename = "analyse.type")]
    analyse_type: Option<String>,
    /// With an analysis of one of these outcomes.
    #[param(rename = "analyses.resolution_status")]
    analyses_resolution_status: Option<String>,
    /// Whether their analyses are wanted.
    with_analyses: Option<bool>,
}

/// Filters of analyses.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that are read by `filter`")]
pub(crate) struct AnalysisParams {
    /// Ids of analyses, parted by commas.
    analyse_id: Option<String>,
    /// QUALITY, BIOMETRY, COLLECTION, DOCUMENTS.
    r#type: Option<String>,
    /// None of these.
    #[param(rename = "type.exclude")]
    type_exclude: Option<String>,
    /// PROCESSING, FINISHED, FAILED.
    state: Option<String>,
    /// None of these.
    #[param(rename = "state.exclude")]
    state_exclude: Option<String>,
    /// PROCESSING, FAILED, SUCCESS, OPERATOR_REQUIRED, DECLINED.
    resolution_status: Option<String>,
    /// None of these.
    #[param(rename = "resolution_status.exclude")]
    resolution_status_exclude: Option<String>,
    /// Started not before, in seconds since the epoch.
    #[param(rename = "time_created.min")]
    time_created_min: Option<f64>,
    /// Started not after.
    #[param(rename = "time_created.max")]
    time_created_max: Option<f64>,
}
