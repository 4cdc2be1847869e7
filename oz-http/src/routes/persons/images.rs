//! Images of a person.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::Action;
use oz_core::collection::{CollectionId, ReferenceId, SubjectId};

use super::super::collections::reachable;
use crate::dto::PersonImageDto;
use crate::extract::{Caller, Ids, Ids3};
use crate::links::Links;
use crate::{ApiError, ServiceState};

/// List the images of a person
#[utoipa::path(get, path = "/api/collections/{collection_id}/persons/{person_id}/images",
    operation_id = "person_images", tag = "collections",
    responses((status = OK, body = Vec<PersonImageDto>, description = "Images of the person")))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
    links: Links,
) -> Result<Answer<Vec<PersonImageDto>>, ApiError> {
    reachable(&state, &caller, Action::Read, id).await?;
    let references = state.store()?.collections.repository.references(id, person).await?;
    Ok(Answer(references.iter().map(|reference| PersonImageDto::new(reference, &links)).collect()))
}

/// Delete an image of a person
#[utoipa::path(delete, path = "/api/collections/{collection_id}/persons/{person_id}/images/{person_image_id}",
    operation_id = "delete_person_image", tag = "collections",
    responses((status = NO_CONTENT, description = "Image deleted")))]
pub(super) async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids3(id, person, image): Ids3<CollectionId, SubjectId, ReferenceId>,
) -> Result<StatusCode, ApiError> {
    reachable(&state, &caller, Action::Delete, id).await?;
    let collections = &state.store()?.collections;
    let references = collections.repository.references(id, person).await?;
    if !references.iter().any(|reference| reference.id == image) {
        return Err(ApiError::not_found());
    }

    collections.delete_reference(id, person, image).await?;
    let subject = ("subject", person.to_string());
    state.record(caller.actor(), "reference.deleted", format!("{image:?}"), &[subject]).await?;
    state.signals().blobs_to_erase();
    Ok(StatusCode::NO_CONTENT)
}
