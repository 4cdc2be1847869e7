//! Reading and deleting folders.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::FolderId;

use crate::cases::View;
use crate::dto::folder::FolderDto;
use crate::dto::params::FolderParams;
use crate::dto::{List, ListParams};
use crate::extract::{Caller, Id, ListQuery};
use crate::filter::{FolderQuery, parse_folder_query};
use crate::links::Links;
use crate::{ApiError, ServiceState};

/// List folders
///
/// Returns the folders visible to the caller. Comma-separated values are alternatives; every such filter `x`
/// is negated by `x.exclude`.
#[utoipa::path(get, path = "/api/folders", operation_id = "folder_list", tag = "folders",
    params(ListParams, FolderParams),
    responses((status = OK, body = Vec<FolderDto>, description = "Matching folders")))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    query: ListQuery,
) -> Result<List<FolderDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Folder)?;
    let FolderQuery { filter, slice, with_analyses } =
        parse_folder_query(&query, &state.engine().judges.custom_kinds())?;

    let folders = &state.store()?.folders;
    let total = query.total(folders.count_folders(&scope, &filter)).await?;
    let found = folders.folders(&scope, &filter, &slice).await?;
    Ok(List::new(View::new(&state, &scope, &links)?.folders(found, with_analyses).await?, total))
}

/// Get a folder with its media and analyses
#[utoipa::path(get, path = "/api/folders/{folder_id}", operation_id = "folder_read", tag = "folders",
    params(("with_analyses" = Option<bool>, Query,
        description = "Ignored, accepted for older clients: analyses are always returned")),
    responses((status = OK, body = FolderDto, description = "The folder")))]
pub(super) async fn one(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<FolderId>,
) -> Result<Json<FolderDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Folder)?;
    let folder = state.store()?.folders.folder(&scope, id).await?;
    Ok(Json(View::new(&state, &scope, &links)?.folder(folder).await?))
}

/// Delete a folder with its media, analyses and results
#[utoipa::path(delete, path = "/api/folders/{folder_id}", operation_id = "folder_delete", tag = "folders",
    responses((status = NO_CONTENT, description = "Folder deleted")))]
pub(super) async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<FolderId>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope(Action::Delete, Resource::Folder)?;
    let folders = &state.store()?.folders;
    folders.folder(&scope, id).await?;
    folders.delete_folder(&scope, id, state.now()).await?;
    state.signals().blobs_to_erase();
    state.record(caller.actor(), "folder.deleted", format!("{id:?}"), &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
