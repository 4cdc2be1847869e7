//! Reading and deleting analyses.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::{AnalysisFilter, AnalysisId, FolderId};
use oz_core::listing::{Choice, Slice};

use crate::cases::View;
use crate::dto::analysis::AnalysisDto;
use crate::dto::params::AnalysisParams;
use crate::dto::{List, ListParams};
use crate::extract::{Caller, Id, ListQuery};
use crate::filter::{AnalysisQuery, parse_analysis_query};
use crate::links::Links;
use crate::{ApiError, ServiceState};

/// List analyses
///
/// Returns the analyses visible to the caller. Comma-separated values are alternatives; every such filter `x`
/// is negated by `x.exclude`.
#[utoipa::path(get, path = "/api/analyses", operation_id = "analysis_list", tag = "analyses",
    params(ListParams, AnalysisParams,
        ("folder_id" = Option<String>, Query, description = "Folder IDs (UUIDs), comma-separated")),
    responses((status = OK, body = Vec<AnalysisDto>, description = "Matching analyses")))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    query: ListQuery,
) -> Result<List<AnalysisDto>, ApiError> {
    let AnalysisQuery { filter, slice } =
        parse_analysis_query(&query, &state.engine().judges.custom_kinds())?;
    find(&state, &caller, &links, &query, filter, &slice).await
}

/// List the analyses of a folder
///
/// Comma-separated values are alternatives; every such filter `x` is negated by `x.exclude`.
#[utoipa::path(get, path = "/api/folders/{folder_id}/analyses", operation_id = "analysis_list_of_folder",
    tag = "analyses", params(ListParams, AnalysisParams),
    responses((status = OK, body = Vec<AnalysisDto>, description = "Matching analyses")))]
pub(super) async fn list_of_folder(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<FolderId>,
    query: ListQuery,
) -> Result<List<AnalysisDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Analysis)?;
    state.store()?.folders.folder(&scope, id).await?;

    let AnalysisQuery { filter, slice } =
        parse_analysis_query(&query, &state.engine().judges.custom_kinds())?;
    let filter = filter.map(|filter| AnalysisFilter { folders: Choice::only(id), ..filter });
    find(&state, &caller, &links, &query, filter, &slice).await
}

/// One page of analyses; without a `filter` nothing can match.
async fn find(
    state: &ServiceState,
    caller: &Caller,
    links: &Links,
    query: &ListQuery,
    filter: Option<AnalysisFilter>,
    slice: &Slice,
) -> Result<List<AnalysisDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Analysis)?;
    let folders = &state.store()?.folders;
    let Some(filter) = filter else {
        return Ok(List::new([], query.total(async { Ok(0) }).await?));
    };

    let total = query.total(folders.count_analyses(&scope, &filter)).await?;
    let found = folders.analyses(&scope, &filter, slice).await?;
    Ok(List::new(View::new(state, &scope, links)?.analyses(&found).await?, total))
}

/// Get an analysis
#[utoipa::path(get, path = "/api/analyses/{analyse_id}", operation_id = "analysis_read", tag = "analyses",
    responses((status = OK, body = AnalysisDto, description = "The analysis")))]
pub(super) async fn one(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<AnalysisId>,
) -> Result<Json<AnalysisDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Analysis)?;
    let analysis = state.store()?.folders.analysis(&scope, id).await?;
    Ok(Json(View::new(&state, &scope, &links)?.analysis(analysis).await?))
}

/// Delete an analysis with its results
#[utoipa::path(delete, path = "/api/analyses/{analyse_id}", operation_id = "analysis_delete",
    tag = "analyses", responses((status = NO_CONTENT, description = "Analysis deleted")))]
pub(super) async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<AnalysisId>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope(Action::Delete, Resource::Analysis)?;
    let folders = &state.store()?.folders;
    folders.analysis(&scope, id).await?;
    folders.delete_analysis(&scope, id, state.now()).await?;
    state.signals().blobs_to_erase();
    state.record(caller.actor(), "analysis.deleted", format!("{id:?}"), &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
