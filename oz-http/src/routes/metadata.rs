//! Shared logic of the `meta_data` operations.

use axum::Json;
use axum::http::StatusCode;
use oz_core::account::Action;
use oz_core::metadata::Metadata;
use serde_json::{Map, Value};

use crate::extract::Caller;
use crate::upload::as_metadata;
use crate::{ApiError, ServiceState};

/// Custom attributes in a response.
pub(super) type MetadataBody = Map<String, Value>;

/// A record with custom attributes, addressed by the IDs in a path.
pub(super) trait MetadataOwner: Copy {
    /// Attributes of the record.
    ///
    /// # Errors
    /// Code 9 if the caller may not perform `action` on it, code 10 if it does not exist within the caller's
    /// scope.
    async fn load(self, state: &ServiceState, caller: &Caller, action: Action) -> Result<Metadata, ApiError>;

    /// Replaces the attributes and returns them as stored. Called after [`Self::load`] with
    /// [`Action::Update`].
    ///
    /// # Errors
    /// As [`Self::load`].
    async fn store(self, state: &ServiceState, caller: &Caller, new: &Metadata)
    -> Result<Metadata, ApiError>;
}

/// Answers a GET request.
pub(super) async fn read(
    state: &ServiceState,
    caller: &Caller,
    owner: impl MetadataOwner,
) -> Result<Json<MetadataBody>, ApiError> {
    let metadata = owner.load(state, caller, Action::Read).await?;
    Ok(Json(metadata.as_object().clone()))
}

/// Answers a POST request: replaces all attributes by those in `body`.
pub(super) async fn replace(
    state: &ServiceState,
    caller: &Caller,
    owner: impl MetadataOwner,
    body: &Value,
) -> Result<Json<MetadataBody>, ApiError> {
    let new = as_metadata(body, "meta_data")?;
    owner.load(state, caller, Action::Update).await?;
    let stored = owner.store(state, caller, &new).await?;
    Ok(Json(stored.as_object().clone()))
}

/// Answers a PATCH request: adds or replaces the attributes in `body`; `null` removes one.
pub(super) async fn merge(
    state: &ServiceState,
    caller: &Caller,
    owner: impl MetadataOwner,
    body: &Value,
) -> Result<Json<MetadataBody>, ApiError> {
    let new = as_metadata(body, "meta_data")?;
    let old = owner.load(state, caller, Action::Update).await?;
    let stored = owner.store(state, caller, &old.merged(new)?).await?;
    Ok(Json(stored.as_object().clone()))
}

/// Answers a DELETE request: deletes all attributes.
pub(super) async fn clear(
    state: &ServiceState,
    caller: &Caller,
    owner: impl MetadataOwner,
) -> Result<StatusCode, ApiError> {
    owner.load(state, caller, Action::Update).await?;
    owner.store(state, caller, &Metadata::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}
