//! Deleting persons.

use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Scope};
use oz_core::collection::{CollectionId, SubjectId};
use oz_core::folder::AnalysisFilter;

use super::super::collections::reachable;
use crate::extract::{Caller, Ids};
use crate::{ApiError, ServiceState};

/// Delete a person with all images
///
/// Refused with 409 while `COLLECTION` analyses refer to the person.
#[utoipa::path(delete, path = "/api/collections/{collection_id}/persons/{person_id}",
    operation_id = "delete_person", tag = "collections",
    responses((status = NO_CONTENT, description = "Person deleted")))]
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
