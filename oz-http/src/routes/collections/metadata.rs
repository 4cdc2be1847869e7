//! Custom attributes of a collection.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::Action;
use oz_core::collection::CollectionId;
use oz_core::metadata::Metadata;
use serde_json::Value;

use super::super::metadata::{self, MetadataBody, MetadataOwner};
use super::reach::reachable;
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

impl MetadataOwner for CollectionId {
    async fn load(self, state: &ServiceState, caller: &Caller, action: Action) -> Result<Metadata, ApiError> {
        Ok(reachable(state, caller, action, self).await?.metadata)
    }

    async fn store(
        self,
        state: &ServiceState,
        caller: &Caller,
        new: &Metadata,
    ) -> Result<Metadata, ApiError> {
        let repository = &state.store()?.collections.repository;
        let changed = repository.update_collection(self, new, state.now()).await?;
        state.record(caller.actor(), "collection.updated", format!("{self:?}"), &[]).await?;
        Ok(changed.metadata)
    }
}

/// Get the attributes of a collection
#[utoipa::path(get, path = "/api/collections/{collection_id}/meta_data",
    operation_id = "collection_metadata_read", tag = "collections",
    responses((status = OK, body = Object, description = "Custom attributes")))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::read(&state, &caller, id).await
}

/// Replace the attributes of a collection
#[utoipa::path(post, path = "/api/collections/{collection_id}/meta_data",
    operation_id = "collection_metadata_replace", tag = "collections",
    request_body(content = Object, description = "New attributes, at most 64 KiB of JSON"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn replace(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::replace(&state, &caller, id, &body).await
}

/// Merge attributes into those of a collection
///
/// Each key replaces the existing value of that key; `null` removes the key.
#[utoipa::path(patch, path = "/api/collections/{collection_id}/meta_data",
    operation_id = "collection_metadata_merge", tag = "collections",
    request_body(content = Object, description = "Attributes to add, replace or remove"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn merge(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::merge(&state, &caller, id, &body).await
}

/// Delete all attributes of a collection
#[utoipa::path(delete, path = "/api/collections/{collection_id}/meta_data",
    operation_id = "collection_metadata_clear", tag = "collections",
    responses((status = NO_CONTENT, description = "Attributes deleted")))]
pub(super) async fn clear(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
) -> Result<StatusCode, ApiError> {
    metadata::clear(&state, &caller, id).await
}
