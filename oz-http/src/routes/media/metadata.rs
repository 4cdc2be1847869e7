//! Custom attributes of a media item.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::MediaId;
use oz_core::metadata::Metadata;
use serde_json::Value;

use super::super::metadata::{self, MetadataBody, MetadataOwner};
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

impl MetadataOwner for MediaId {
    async fn load(self, state: &ServiceState, caller: &Caller, action: Action) -> Result<Metadata, ApiError> {
        let scope = caller.scope(action, Resource::Media)?;
        Ok(state.store()?.folders.media(&scope, self).await?.metadata)
    }

    async fn store(
        self,
        state: &ServiceState,
        caller: &Caller,
        new: &Metadata,
    ) -> Result<Metadata, ApiError> {
        let scope = caller.scope(Action::Update, Resource::Media)?;
        Ok(state.store()?.folders.update_media(&scope, self, None, Some(new), state.now()).await?.metadata)
    }
}

/// Get the attributes of a media item
#[utoipa::path(get, path = "/api/media/{media_id}/meta_data",
    operation_id = "media_metadata_read", tag = "media",
    responses((status = OK, body = Object, description = "Custom attributes")))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::read(&state, &caller, id).await
}

/// Replace the attributes of a media item
#[utoipa::path(post, path = "/api/media/{media_id}/meta_data",
    operation_id = "media_metadata_replace", tag = "media",
    request_body(content = Object, description = "New attributes, at most 64 KiB of JSON"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn replace(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::replace(&state, &caller, id, &body).await
}

/// Merge attributes into those of a media item
///
/// Each key replaces the existing value of that key; `null` removes the key.
#[utoipa::path(patch, path = "/api/media/{media_id}/meta_data",
    operation_id = "media_metadata_merge", tag = "media",
    request_body(content = Object, description = "Attributes to add, replace or remove"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn merge(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::merge(&state, &caller, id, &body).await
}

/// Delete all attributes of a media item
#[utoipa::path(delete, path = "/api/media/{media_id}/meta_data",
    operation_id = "media_metadata_clear", tag = "media",
    responses((status = NO_CONTENT, description = "Attributes deleted")))]
pub(super) async fn clear(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
) -> Result<StatusCode, ApiError> {
    metadata::clear(&state, &caller, id).await
}
