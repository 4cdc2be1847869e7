//! Attributes of one of the media.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::MediaId;
use serde_json::Value;

use super::super::metadata::{MetadataBody, MetadataChange};
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

/// The attributes of one of the media.
#[utoipa::path(get, path = "/api/media/{media_id}/meta_data", operation_id = "media_metadata_read", tag = "media",
    responses((status = OK, body = Object)))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
) -> Result<Answer<MetadataBody>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Media)?;
    let media = state.store()?.folders.media(&scope, id).await?;
    Ok(Answer(media.metadata.as_object().clone()))
}

/// Gives one of the media these attributes in place of all it has.
#[utoipa::path(post, path = "/api/media/{media_id}/meta_data", operation_id = "media_metadata_replace", tag = "media",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn replace(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change(&state, &caller, id, MetadataChange::replace(&body)?).await
}

/// Adds attributes to one of the media, in place of those of the same keys; `null` removes a key.
#[utoipa::path(patch, path = "/api/media/{media_id}/meta_data", operation_id = "media_metadata_merge", tag = "media",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn merge(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change(&state, &caller, id, MetadataChange::merge(&body)?).await
}

/// Removes all attributes of one of the media.
#[utoipa::path(delete, path = "/api/media/{media_id}/meta_data", operation_id = "media_metadata_clear", tag = "media",
    responses((status = NO_CONTENT)))]
pub(super) async fn clear(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
) -> Result<StatusCode, ApiError> {
    change(&state, &caller, id, MetadataChange::Clear).await.map(|_| StatusCode::NO_CONTENT)
}

async fn change(
    state: &ServiceState,
    caller: &Caller,
    id: MediaId,
    change: MetadataChange,
) -> Result<Answer<MetadataBody>, ApiError> {
    let scope = caller.scope(Action::Update, Resource::Media)?;
    let folders = &state.store()?.folders;
    let old = folders.media(&scope, id).await?.metadata;
    let new = change.apply(&old)?;
    let media = folders.update_media(&scope, id, None, Some(&new), state.now()).await?;
    Ok(Answer(media.metadata.as_object().clone()))
}
