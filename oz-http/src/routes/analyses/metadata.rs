//! Attributes of an analysis.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::AnalysisId;
use serde_json::Value;

use super::super::metadata::{MetadataBody, MetadataChange};
use crate::extract::{Caller, Id, Json};
use crate::{ApiError, ServiceState};

/// The attributes of an analysis.
#[utoipa::path(get, path = "/api/analyses/{analyse_id}/meta_data", operation_id = "analysis_metadata_read", tag = "analyses",
    responses((status = OK, body = Object)))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<AnalysisId>,
) -> Result<Answer<MetadataBody>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Analysis)?;
    let analysis = state.store()?.folders.analysis(&scope, id).await?;
    Ok(Answer(analysis.metadata.as_object().clone()))
}

/// Gives an analysis these attributes in place of all it has.
#[utoipa::path(post, path = "/api/analyses/{analyse_id}/meta_data", operation_id = "analysis_metadata_replace", tag = "analyses",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn replace(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<AnalysisId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change(&state, &caller, id, MetadataChange::replace(&body)?).await
}

/// Adds attributes to an analysis, in place of those of the same keys; `null` removes a key.
#[utoipa::path(patch, path = "/api/analyses/{analyse_id}/meta_data", operation_id = "analysis_metadata_merge", tag = "analyses",
    request_body = Object, responses((status = OK, body = Object)))]
pub(super) async fn merge(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<AnalysisId>,
    Json(body): Json<Value>,
) -> Result<Answer<MetadataBody>, ApiError> {
    change(&state, &caller, id, MetadataChange::merge(&body)?).await
}

/// Removes all attributes of an analysis.
#[utoipa::path(delete, path = "/api/analyses/{analyse_id}/meta_data", operation_id = "analysis_metadata_clear", tag = "analyses",
    responses((status = NO_CONTENT)))]
pub(super) async fn clear(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<AnalysisId>,
) -> Result<StatusCode, ApiError> {
    change(&state, &caller, id, MetadataChange::Clear).await.map(|_| StatusCode::NO_CONTENT)
}

async fn change(
    state: &ServiceState,
    caller: &Caller,
    id: AnalysisId,
    change: MetadataChange,
) -> Result<Answer<MetadataBody>, ApiError> {
    let scope = caller.scope(Action::Update, Resource::Analysis)?;
    let folders = &state.store()?.folders;
    let old = folders.analysis(&scope, id).await?.metadata;
    let new = change.apply(&old)?;
    let analysis = folders.update_analysis(&scope, id, &new, state.now()).await?;
    Ok(Answer(analysis.metadata.as_object().clone()))
}
