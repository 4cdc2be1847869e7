//! Changing and deleting persons.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Scope};
use oz_core::collection::{CollectionId, SubjectId};
use oz_core::folder::AnalysisFilter;
use serde_json::Value;

use super::super::collections::reachable;
use super::super::metadata::{MetadataBody, MetadataChange};
use crate::extract::{Caller, Ids, Json};
use crate::{ApiError, ServiceState};

/// Deletes a person with all pictures. Refused while COLLECTION analyses refer to the person.
#[utoipa::path(delete, path = "/api/collections/{collection_id}/persons/{person_id}",
    operation_id = "delete_person", tag = "collections", responses((status = NO_CONTENT)))]
pub(super) async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
) -> Result<StatusCode, ApiError> {
    reachable(&state, &caller, Action::Delete, id).await?;
    let ports = state.store()?;
    ports.collections.repository.subject(id, person).await?;
    let filter = AnalysisFilter { subject: Some(person), ..AnalysisFilter::default() };
    let found = ports.folders.count_analyses(&Scope::Everything, &filter).await?;
    if found > 0 {
        let message = format!("{found} COLLECTION analyses refer to this person: delete them first");
        return Err(ApiError::conflict(message));
    }
    ports.collections.delete_subject(id, person).await?;
    let collection = ("collection", id.to_string());
    state.record(caller.actor(), "subject.deleted", format!("{person:?}"), &[collection]).await?;
    state.signals().blobs_to_erase();
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a person these attributes in place of all it has.
#[utoipa::path(post, path = "/api/collections/{collection_id}/persons/{person_id}/meta_data",
    operation_id = "person_metadata_replace", tag = "collections",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn replace_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change_metadata(&state, &caller, (id, person), MetadataChange::replace(&body)?).await
}

/// Adds attributes to a person, in place of those of the same keys; `null` removes a key.
#[utoipa::path(patch, path = "/api/collections/{collection_id}/persons/{person_id}/meta_data",
    operation_id = "person_metadata_merge", tag = "collections",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn merge_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change_metadata(&state, &caller, (id, person), MetadataChange::merge(&body)?).await
}

/// Removes all attributes of a person.
#[utoipa::path(delete, path = "/api/collections/{collection_id}/persons/{person_id}/meta_data",
    operation_id = "person_metadata_clear", tag = "collections", responses((status = NO_CONTENT)))]
pub(super) async fn clear_metadata(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
) -> Result<StatusCode, ApiError> {
    let _ = change_metadata(&state, &caller, (id, person), MetadataChange::Clear).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_metadata(
    state: &ServiceState,
    caller: &Caller,
    (id, person): (CollectionId, SubjectId),
    change: MetadataChange,
) -> Result<Answer<MetadataBody>, ApiError> {
    reachable(state, caller, Action::Update, id).await?;
    let repository = &state.store()?.collections.repository;
    let metadata = change.apply(&repository.subject(id, person).await?.metadata)?;
    let changed = repository.update_subject(id, person, &metadata, state.now()).await?;
    state.record(caller.actor(), "subject.updated", format!("{person:?}"), &[]).await?;
    Ok(Answer(changed.metadata.as_object().clone()))
}
