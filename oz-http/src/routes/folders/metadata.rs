//! Attributes of a folder.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::{FolderChange, FolderId};
use serde_json::Value;

use super::super::metadata::{MetadataBody, MetadataChange};
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

/// The attributes of a folder.
#[utoipa::path(get, path = "/api/folders/{folder_id}/meta_data", operation_id = "folder_metadata_read", tag = "folders",
    responses((status = OK, body = Object)))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<FolderId>,
) -> Result<Answer<MetadataBody>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Folder)?;
    let folder = state.store()?.folders.folder(&scope, id).await?;
    Ok(Answer(folder.metadata.as_object().clone()))
}

/// Gives a folder these attributes in place of all it has.
#[utoipa::path(post, path = "/api/folders/{folder_id}/meta_data", operation_id = "folder_metadata_replace", tag = "folders",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn replace(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<FolderId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change(&state, &caller, id, MetadataChange::replace(&body)?).await
}

/// Adds attributes to a folder, in place of those of the same keys; `null` removes a key.
#[utoipa::path(patch, path = "/api/folders/{folder_id}/meta_data", operation_id = "folder_metadata_merge", tag = "folders",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn merge(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<FolderId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change(&state, &caller, id, MetadataChange::merge(&body)?).await
}

/// Removes all attributes of a folder.
#[utoipa::path(delete, path = "/api/folders/{folder_id}/meta_data", operation_id = "folder_metadata_clear", tag = "folders",
    responses((status = NO_CONTENT)))]
pub(super) async fn clear(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<FolderId>,
) -> Result<StatusCode, ApiError> {
    change(&state, &caller, id, MetadataChange::Clear).await.map(|_| StatusCode::NO_CONTENT)
}

async fn change(
    state: &ServiceState,
    caller: &Caller,
    id: FolderId,
    change: MetadataChange,
) -> Result<Answer<MetadataBody>, ApiError> {
    let scope = caller.scope(Action::Update, Resource::Folder)?;
    let folders = &state.store()?.folders;
    let old = folders.folder(&scope, id).await?.metadata;
    let change = FolderChange { metadata: Some(change.apply(&old)?), endpoint: None };
    let folder = folders.update_folder(&scope, id, &change, state.now()).await?;
    Ok(Answer(folder.metadata.as_object().clone()))
}
