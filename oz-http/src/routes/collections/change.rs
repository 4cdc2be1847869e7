//! Creating and deleting collections.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Scope};
use oz_core::collection::CollectionId;
use oz_core::metadata::Metadata;

use super::reach::{reachable, scope};
use crate::dto::{CollectionBody, CollectionDto, plain_text};
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

/// Create a collection
#[utoipa::path(post, path = "/api/collections", operation_id = "create_collection", tag = "collections",
    responses((status = CREATED, body = CollectionDto, description = "The new, empty collection")))]
pub(super) async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    Json(body): Json<CollectionBody>,
) -> Result<(StatusCode, Answer<CollectionDto>), ApiError> {
    scope(&state, &caller, Action::Create)?;
    let company = caller.company(body.company_id)?;
    let alias = plain_text("alias", &body.alias, 200)?;
    if alias.is_empty() {
        return Err(ApiError::invalid_value("alias", "must not be empty"));
    }
    let metadata = Metadata::new(body.meta_data.unwrap_or_default())?;

    let ports = state.store()?;
    ports.accounts.company(&Scope::Everything, company).await?;
    let collection = ports.collections.create(company, &alias, metadata).await?;
    state.record(caller.actor(), "collection.created", format!("{:?}", collection.id), &[]).await?;

    Ok((StatusCode::CREATED, Answer(collection.into())))
}

/// Delete a collection with all its persons
#[utoipa::path(delete, path = "/api/collections/{collection_id}", operation_id = "delete_collection",
    tag = "collections", responses((status = NO_CONTENT, description = "Collection deleted")))]
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
