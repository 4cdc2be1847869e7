//! Reading and deleting analyses.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::{AnalysisId, FolderId};
use oz_core::listing::Choice;

use crate::cases::View;
use crate::dto::analysis::AnalysisDto;
use crate::dto::params::AnalysisParams;
use crate::dto::{List, ListParams};
use crate::extract::{Caller, Id, ListQuery};
use crate::filter::{AnalysisQuery, parse_analysis_query};
use crate::links::Links;
use crate::{ApiError, ServiceState};

/// Analyses within the caller's reach. Values parted by commas are alternatives; every filter `x` has a twin `x.exclude`.
#[utoipa::path(get, path = "/api/analyses", operation_id = "analysis_list", tag = "analyses",
    params(ListParams, AnalysisParams, ("folder_id" = Option<String>, Query, description = "Ids of folders")),
    responses((status = OK, body = Vec<AnalysisDto>)))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    query: ListQuery,
) -> Result<List<AnalysisDto>, ApiError> {
    find(&state, &caller, &links, parse_analysis_query(&query)?).await
}

/// Analyses of a folder.
#[utoipa::path(get, path = "/api/folders/{folder_id}/analyses", operation_id = "analysis_list_of_folder",
    tag = "analyses", params(ListParams, AnalysisParams), responses((status = OK, body = Vec<AnalysisDto>)))]
pub(super) async fn list_of_folder(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<FolderId>,
    query: ListQuery,
) -> Result<List<AnalysisDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Analysis)?;
    state.store()?.folders.folder(&scope, id).await?;
    let mut query = parse_analysis_query(&query)?;
    query.filter =
        query.filter.map(|filter| oz_core::folder::AnalysisFilter { folders: Choice::only(id), ..filter });
    find(&state, &caller, &links, query).await
}

async fn find(
    state: &ServiceState,
    caller: &Caller,
    links: &Links,
    query: AnalysisQuery,
) -> Result<List<AnalysisDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Analysis)?;
    let folders = &state.store()?.folders;
    let Some(filter) = query.filter else { return Ok(List::new([]).of(Some(0))) };
    let found = folders.analyses(&scope, &filter, &query.slice).await?;
    let total = match query.total_omit {
        true => None,
        false => Some(folders.count_analyses(&scope, &filter).await?),
    };
    let shown = View::new(state, &scope, links)?.analyses(&found).await?;
    Ok(List::new(shown).of(total))
}

/// An analysis.
#[utoipa::path(get, path = "/api/analyses/{analyse_id}", operation_id = "analysis_read", tag = "analyses",
    responses((status = OK, body = AnalysisDto)))]
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

/// Deletes an analysis with its results.
#[utoipa::path(delete, path = "/api/analyses/{analyse_id}", operation_id = "analysis_delete", tag = "analyses",
    responses((status = NO_CONTENT)))]
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
