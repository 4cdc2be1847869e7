//! Query parameters of lists, for the OpenAPI document.

use utoipa::IntoParams;

/// Filters of the folder list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that are read by `filter`")]
pub(crate) struct FolderParams {
    /// Folder IDs (UUIDs), comma-separated.
    folder_id: Option<String>,
    /// Company IDs (UUIDs), comma-separated.
    company_id: Option<String>,
    /// IDs of the users who created the folders (UUIDs), comma-separated.
    user_id: Option<String>,
    /// Earliest creation time, inclusive, in UNIX seconds.
    #[param(rename = "time_created.min")]
    time_created_min: Option<f64>,
    /// Latest creation time, inclusive, in UNIX seconds.
    #[param(rename = "time_created.max")]
    time_created_max: Option<f64>,
    /// Earliest time of the last change, inclusive, in UNIX seconds.
    #[param(rename = "time_updated.min")]
    time_updated_min: Option<f64>,
    /// Latest time of the last change, inclusive, in UNIX seconds.
    #[param(rename = "time_updated.max")]
    time_updated_max: Option<f64>,
    /// Condition on custom attributes, `key==value` or `key!=value`; dots in the key address nested objects.
    /// Repeatable: all conditions must hold.
    #[param(example = "transaction_id==T-778")]
    meta_data: Option<String>,
    /// Processing states, comma-separated: `INITIAL`, `PROCESSING`, `FINISHED`, `FAILED`.
    resolution_status: Option<String>,
    /// Processing states to exclude, comma-separated.
    #[param(rename = "resolution_status.exclude")]
    resolution_status_exclude: Option<String>,
    /// Automatic outcomes, comma-separated: `INITIAL`, `PROCESSING`, `SUCCESS`, `OPERATOR_REQUIRED`,
    /// `DECLINED`, `FAILED`.
    system_resolution: Option<String>,
    /// Analysis types, comma-separated: `QUALITY`, `BIOMETRY`, `COLLECTION`, or types that the application
    /// adds. Selects folders with at least one such analysis.
    #[param(rename = "analyse.type")]
    analyse_type: Option<String>,
    /// Analysis outcomes, comma-separated: `PROCESSING`, `FAILED`, `SUCCESS`, `OPERATOR_REQUIRED`,
    /// `DECLINED`. Selects folders with at least one such analysis.
    #[param(rename = "analyses.resolution_status")]
    analyses_resolution_status: Option<String>,
    /// Whether to return the analyses of each folder; false by default.
    with_analyses: Option<bool>,
}

/// Filters of analysis lists.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters that are read by `filter`")]
pub(crate) struct AnalysisParams {
    /// Analysis IDs (UUIDs), comma-separated.
    analyse_id: Option<String>,
    /// Analysis types, comma-separated: `QUALITY`, `BIOMETRY`, `COLLECTION`, `DOCUMENTS` (matches nothing),
    /// or types that the application adds.
    r#type: Option<String>,
    /// Analysis types to exclude, comma-separated.
    #[param(rename = "type.exclude")]
    type_exclude: Option<String>,
    /// Processing states, comma-separated: `PROCESSING`, `FINISHED`, `FAILED`.
    state: Option<String>,
    /// Processing states to exclude, comma-separated.
    #[param(rename = "state.exclude")]
    state_exclude: Option<String>,
    /// Effective outcomes, comma-separated: `PROCESSING`, `FAILED`, `SUCCESS`, `OPERATOR_REQUIRED`,
    /// `DECLINED`.
    resolution_status: Option<String>,
    /// Effective outcomes to exclude, comma-separated.
    #[param(rename = "resolution_status.exclude")]
    resolution_status_exclude: Option<String>,
    /// Earliest creation time, inclusive, in UNIX seconds.
    #[param(rename = "time_created.min")]
    time_created_min: Option<f64>,
    /// Latest creation time, inclusive, in UNIX seconds.
    #[param(rename = "time_created.max")]
    time_created_max: Option<f64>,
}
