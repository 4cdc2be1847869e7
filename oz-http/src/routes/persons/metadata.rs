//! Custom attributes of a person.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::Action;
use oz_core::collection::{CollectionId, SubjectId};
use oz_core::metadata::Metadata;
use serde_json::Value;

use super::super::collections::reachable;
use super::super::metadata::{self, MetadataBody, MetadataOwner};
use crate::extract::{Caller, Ids, Json};
use crate::{ApiError, ServiceState};

impl MetadataOwner for (CollectionId, SubjectId) {
    async fn load(self, state: &ServiceState, caller: &Caller, action: Action) -> Result<Metadata, ApiError> {
        let (id, person) = self;
        reachable(state, caller, action, id).await?;
        Ok(state.store()?.collections.repository.subject(id, person).await?.metadata)
    }

    async fn store(
        self,
        state: &ServiceState,
        caller: &Caller,
        new: &Metadata,
    ) -> Result<Metadata, ApiError> {
        let (id, person) = self;
        let repository = &state.store()?.collections.repository;
        let changed = repository.update_subject(id, person, new, state.now()).await?;
        state.record(caller.actor(), "subject.updated", format!("{person:?}"), &[]).await?;
        Ok(changed.metadata)
    }
}

/// Get the attributes of a person
#[utoipa::path(get, path = "/api/collections/{collection_id}/persons/{person_id}/meta_data",
    operation_id = "person_metadata_read", tag = "collections",
    responses((status = OK, body = Object, description = "Custom attributes")))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::read(&state, &caller, (id, person)).await
}

/// Replace the attributes of a person
#[utoipa::path(post, path = "/api/collections/{collection_id}/persons/{person_id}/meta_data",
    operation_id = "person_metadata_replace", tag = "collections",
    request_body(content = Object, description = "New attributes, at most 64 KiB of JSON"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn replace(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::replace(&state, &caller, (id, person), &body).await
}

/// Merge attributes into those of a person
///
/// Each key replaces the existing value of that key; `null` removes the key.
#[utoipa::path(patch, path = "/api/collections/{collection_id}/persons/{person_id}/meta_data",
    operation_id = "person_metadata_merge", tag = "collections",
    request_body(content = Object, description = "Attributes to add, replace or remove"),
    responses((status = OK, body = Object, description = "Custom attributes after the change")))]
pub(super) async fn merge(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    metadata::merge(&state, &caller, (id, person), &body).await
}

/// Delete all attributes of a person
#[utoipa::path(delete, path = "/api/collections/{collection_id}/persons/{person_id}/meta_data",
    operation_id = "person_metadata_clear", tag = "collections",
    responses((status = NO_CONTENT, description = "Attributes deleted")))]
pub(super) async fn clear(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
) -> Result<StatusCode, ApiError> {
    metadata::clear(&state, &caller, (id, person)).await
}
