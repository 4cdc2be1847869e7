//! Enrolling persons and further images of them.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use oz_core::account::Action;
use oz_core::collection::{CollectionId, SubjectId};
use oz_core::media::MediaBytes;

use super::super::collections::reachable;
use super::faces::{Staged, stage};
use crate::dto::{PersonDto, PersonForm, PersonImageDto};
use crate::extract::{Caller, Id, Ids};
use crate::links::Links;
use crate::upload::{Encoding, MemorySink, Upload, UploadLimits, receive};
use crate::{ApiError, ServiceState};

/// Enrol a person
///
/// Takes one or more photos, each with exactly one face.
#[utoipa::path(post, path = "/api/collections/{collection_id}/persons", operation_id = "create_person",
    tag = "collections", request_body(content((PersonForm = "multipart/form-data"))),
    responses((status = CREATED, body = PersonDto, description = "The enrolled person with its images"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Unsupported content type")))]
pub(super) async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
    links: Links,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Answer<PersonDto>), ApiError> {
    let collection = reachable(&state, &caller, Action::Create, id).await?;
    let upload = receive_photos(&state, &headers, body).await?;
    let metadata = upload.payload.person.unwrap_or_default();

    let (samples, keys) = stage(&state, &collection, upload.media).await?.into_parts();
    let outcome = state.store()?.collections.enrol(id, metadata, samples).await;
    let enrolled = Staged::settle(keys, &state, outcome).await?;
    let object = format!("{:?}", enrolled.subject.id);
    state.record(caller.actor(), "subject.enrolled", object, &[("collection", id.to_string())]).await?;

    let images = enrolled.references.iter().map(|reference| PersonImageDto::new(reference, &links));
    let images = Some(images.collect());
    Ok((StatusCode::CREATED, Answer(PersonDto::new(&enrolled.subject, images))))
}

/// Add images of a person
///
/// Takes one or more photos, each with exactly one face.
#[utoipa::path(post, path = "/api/collections/{collection_id}/persons/{person_id}/images",
    operation_id = "create_person_images", tag = "collections",
    request_body(content((PersonForm = "multipart/form-data"))),
    responses((status = CREATED, body = Vec<PersonImageDto>, description = "The added images"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Unsupported content type")))]
pub(super) async fn add_images(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
    links: Links,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Answer<Vec<PersonImageDto>>), ApiError> {
    let collection = reachable(&state, &caller, Action::Create, id).await?;
    let collections = &state.store()?.collections;
    collections.repository.subject(id, person).await?;
    let upload = receive_photos(&state, &headers, body).await?;

    let (samples, keys) = stage(&state, &collection, upload.media).await?.into_parts();
    let outcome = collections.add_references(id, person, samples).await;
    let references = Staged::settle(keys, &state, outcome).await?;
    let count = ("references", references.len().to_string());
    state.record(caller.actor(), "subject.extended", format!("{person:?}"), &[count]).await?;

    let images = references.iter().map(|reference| PersonImageDto::new(reference, &links));
    Ok((StatusCode::CREATED, Answer(images.collect())))
}

async fn receive_photos(
    state: &ServiceState,
    headers: &HeaderMap,
    body: Body,
) -> Result<Upload<MediaBytes>, ApiError> {
    let encoding = Encoding::of(headers)?;
    if encoding == Encoding::Container {
        return Err(ApiError::invalid_value("Content-Type", "must be multipart/form-data"));
    }
    let limits = UploadLimits::from(&state.config().uploads);
    receive(encoding, body, MemorySink, state.engine().decoder.as_ref(), &limits).await
}
