//! Shared logic of the `meta_data` operations.

use axum::Json;
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
    /// Code 9 if the caller may not perform `action` on it, code 10 if it does not exist within the caller's scope.
    async fn load(self, state: &ServiceState, caller: &Caller, action: Action) -> Result<Metadata, ApiError>;

    /// Replaces the attributes and returns them as stored. Called after [`Self::load`] with [`Action::Update`].
    ///
    /// # Errors
    /// As [`Self::load`].
    async fn store(self, state: &ServiceState, caller: &Caller, new: &Metadata) -> Result<Metadata, ApiError>;
}

/// A change of attributes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MetadataChange {
    /// Replace all attributes.
    Replace(Metadata),
    /// Add or replace single attributes; `null` removes one.
    Merge(Metadata),
    /// Delete all attributes.
    Clear,
}

impl MetadataChange {
    /// Parses the body of a POST request.
    pub(super) fn replace(body: &Value) -> Result<Self, ApiError> {
        Ok(Self::Replace(as_metadata(body, "meta_data")?))
    }

    /// Parses the body of a PATCH request.
    pub(super) fn merge(body: &Value) -> Result<Self, ApiError> {
        Ok(Self::Merge(as_metadata(body, "meta_data")?))
    }

    /// Applies the change to the current attributes.
    fn apply(self, old: &Metadata) -> Result<Metadata, ApiError> {
        match self {
            Self::Replace(new) => Ok(new),
            Self::Merge(new) => Ok(old.merged(new)?),
            Self::Clear => Ok(Metadata::default()),
        }
    }
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

/// Answers a POST, PATCH or DELETE request.
pub(super) async fn change(
    state: &ServiceState,
    caller: &Caller,
    owner: impl MetadataOwner,
    change: MetadataChange,
) -> Result<Json<MetadataBody>, ApiError> {
    let old = owner.load(state, caller, Action::Update).await?;
    let new = owner.store(state, caller, &change.apply(&old)?).await?;
    Ok(Json(new.as_object().clone()))
}
