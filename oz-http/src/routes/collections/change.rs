//! Making, changing and deleting collections.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Scope};
use oz_core::collection::CollectionId;
use oz_core::metadata::Metadata;
use serde_json::Value;

use super::super::metadata::{MetadataBody, MetadataChange};
use super::reach::{reachable, scope};
use crate::dto::{CollectionBody, CollectionDto, plain_text};
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

/// Makes an empty collection.
#[utoipa::path(post, path = "/api/collections", operation_id = "create_collection", tag = "collections",
    responses((status = CREATED, body = CollectionDto)))]
pub(super) async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    Json(body): Json<CollectionBody>,
) -> Result<(StatusCode, Answer<CollectionDto>), ApiError> {
    scope(&state, &caller, Action::Create)?;
    let company = caller.company(body.company_id)?;
    let alias = plain_text("alias", &body.alias, 200)?;
    if alias.is_empty() {
        return Err(ApiError::invalid_value("alias", "it is empty"));
    }
    let metadata = Metadata::new(body.meta_data.unwrap_or_default())?;
    let ports = state.store()?;
    ports.accounts.company(&Scope::Everything, company).await?;
    let collection = ports.collections.create(company, &alias, metadata).await?;
    state.record(caller.actor(), "collection.created", format!("{:?}", collection.id), &[]).await?;
    Ok((StatusCode::CREATED, Answer(collection.into())))
}

/// Deletes a collection with everybody in it.
#[utoipa::path(delete, path = "/api/collections/{collection_id}", operation_id = "delete_collection",
    tag = "collections", responses((status = NO_CONTENT)))]
pub(super) async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
) -> Result<StatusCode, ApiError> {
    reachable(&state, &caller, Action::Delete, id).await?;
    state.store()?.collections.delete(id).await?;
    state.record(caller.actor(), "collection.deleted", format!("{id:?}"), &[]).await?;
    state.signals().blobs_to_erase();
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a collection these attributes in place of all it has.
#[utoipa::path(post, path = "/api/collections/{collection_id}/meta_data",
    operation_id = "collection_metadata_replace", tag = "collections",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn replace_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change_metadata(&state, &caller, id, MetadataChange::replace(&body)?).await
}

/// Adds attributes to a collection, in place of those of the same keys; `null` removes a key.
#[utoipa::path(patch, path = "/api/collections/{collection_id}/meta_data",
    operation_id = "collection_metadata_merge", tag = "collections",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn merge_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change_metadata(&state, &caller, id, MetadataChange::merge(&body)?).await
}

/// Removes all attributes of a collection.
#[utoipa::path(delete, path = "/api/collections/{collection_id}/meta_data",
    operation_id = "collection_metadata_clear", tag = "collections", responses((status = NO_CONTENT)))]
pub(super) async fn clear_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
) -> Result<StatusCode, ApiError> {
    let _ = change_metadata(&state, &caller, id, MetadataChange::Clear).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_metadata(
    state: &ServiceState,
    caller: &Caller,
    id: CollectionId,
    change: MetadataChange,
) -> Result<Answer<MetadataBody>, ApiError> {
    let collection = reachable(state, caller, Action::Update, id).await?;
    let metadata = change.apply(&collection.metadata)?;
    let repository = &state.store()?.collections.repository;
    let changed = repository.update_collection(id, &metadata, state.now()).await?;
    state.record(caller.actor(), "collection.updated", format!("{id:?}"), &[]).await?;
    Ok(Answer(changed.metadata.as_object().clone()))
}
