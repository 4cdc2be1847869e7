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
use crate::filter::parse_folder_query;
use crate::links::Links;
use crate::{ApiError, ServiceState};

/// Folders within the caller's reach. Values parted by commas are alternatives; every filter `x` has a twin `x.exclude`.
#[utoipa::path(get, path = "/api/folders", operation_id = "folder_list", tag = "folders",
    params(ListParams, FolderParams), responses((status = OK, body = Vec<FolderDto>)))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    query: ListQuery,
) -> Result<List<FolderDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Folder)?;
    let query = parse_folder_query(&query)?;
    let folders = &state.store()?.folders;
    let found = folders.folders(&scope, &query.filter, &query.slice).await?;
    let total = match query.total_omit {
        true => None,
        false => Some(folders.count_folders(&scope, &query.filter).await?),
    };
    let shown = View::new(&state, &scope, &links)?.folders(found, query.with_analyses).await?;
    Ok(List::new(shown).of(total))
}

/// A folder with everything in it.
#[utoipa::path(get, path = "/api/folders/{folder_id}", operation_id = "folder_read", tag = "folders",
    params(("with_analyses" = Option<bool>, Query, description = "Taken for old clients: analyses are there in any case")),
    responses((status = OK, body = FolderDto)))]
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

/// Deletes a folder with its media, analyses and results.
#[utoipa::path(delete, path = "/api/folders/{folder_id}", operation_id = "folder_delete", tag = "folders",
    responses((status = NO_CONTENT)))]
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
