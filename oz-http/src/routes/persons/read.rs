//! Reading persons.

use axum::Json as Answer;
use axum::extract::State;
use oz_core::account::Action;
use oz_core::collection::port::CollectionRepository;
use oz_core::collection::{CollectionId, Page, Subject, SubjectId};
use oz_core::listing::{Slice, SortKey};

use super::super::collections::reachable;
use crate::dto::{List, ListParams, PersonDto, PersonImageDto};
use crate::extract::{Caller, Id, Ids, ListQuery};
use crate::links::Links;
use crate::{ApiError, ServiceState};

/// Number of records per database query.
const BATCH: usize = 1_000;

/// List the persons of a collection
#[utoipa::path(get, path = "/api/collections/{collection_id}/persons", operation_id = "persons",
    tag = "collections", params(ListParams),
    responses((status = OK, body = Vec<PersonDto>, description = "Persons, without their images")))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<CollectionId>,
    query: ListQuery,
) -> Result<List<PersonDto>, ApiError> {
    reachable(&state, &caller, Action::Read, id).await?;
    let repository = &state.store()?.collections.repository;
    let total = query.total(repository.count_subjects(id)).await?;
    let persons = sorted_page(&**repository, id, &query.slice()?).await?;
    Ok(List::new(persons.iter().map(|person| PersonDto::new(person, None)), total))
}

/// One page of the persons. In ascending order of creation, reading stops at the end of the page; any other
/// order reads the whole collection.
async fn sorted_page(
    repository: &dyn CollectionRepository,
    id: CollectionId,
    slice: &Slice,
) -> oz_core::Result<Vec<Subject>> {
    let (offset, limit) = (usize::try_from(slice.offset).unwrap_or(usize::MAX), slice.limit as usize);
    let is_natural = slice.sorting.key == SortKey::Created && !slice.sorting.descending;
    let enough = if is_natural { offset.saturating_add(limit) } else { usize::MAX };

    let mut page = Page { after: None, limit: BATCH };
    let mut all: Vec<Subject> = Vec::new();
    while all.len() < enough {
        let part = repository.subjects(id, &page).await?;
        page.after = part.last().map(Subject::position);
        let is_last = part.len() < BATCH;
        all.extend(part);
        if is_last {
            break;
        }
    }

    if slice.sorting.key == SortKey::Updated {
        all.sort_by_key(|subject| (subject.updated, subject.id));
    }
    if slice.sorting.descending {
        all.reverse();
    }
    Ok(all.into_iter().skip(offset).take(limit).collect())
}

/// Get a person with its images
#[utoipa::path(get, path = "/api/collections/{collection_id}/persons/{person_id}", operation_id = "person",
    tag = "collections", responses((status = OK, body = PersonDto, description = "The person")))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Ids(id, person): Ids<CollectionId, SubjectId>,
    links: Links,
) -> Result<Answer<PersonDto>, ApiError> {
    reachable(&state, &caller, Action::Read, id).await?;
    let repository = &state.store()?.collections.repository;
    let subject = repository.subject(id, person).await?;
    let references = repository.references(id, person).await?;
    let images = references.iter().map(|reference| PersonImageDto::new(reference, &links)).collect();
    Ok(Answer(PersonDto::new(&subject, Some(images))))
}
