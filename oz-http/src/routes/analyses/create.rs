//! `POST /api/folders/{folder_id}/analyses`: questions about what is in a folder.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::{FolderChange, FolderId};

use crate::cases::{OrderScope, View, checked_endpoint, demand_known, demand_room, group};
use crate::dto::analysis::AnalysisDto;
use crate::dto::upload::NewAnalyses;
use crate::extract::{Caller, Id};
use crate::links::Links;
use crate::upload::parse_payload;
use crate::{ApiError, ServiceState};

/// Starts analyses; they form a group. The answer does not wait for their results.
#[utoipa::path(post, path = "/api/folders/{folder_id}/analyses", operation_id = "analysis_create", tag = "analyses",
    request_body = NewAnalyses, responses((status = CREATED, body = Vec<AnalysisDto>),
        (status = NOT_IMPLEMENTED, description = "DOCUMENTS is not realized")))]
pub(super) async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<FolderId>,
    body: Bytes,
) -> Result<(StatusCode, Json<Vec<AnalysisDto>>), ApiError> {
    let scope = caller.scope(Action::Create, Resource::Analysis)?;
    let folders = &state.store()?.folders;
    let folder = folders.folder(&scope, id).await?;
    let payload = parse_payload(&body)?;
    if payload.analyses.is_empty() {
        return Err(ApiError::missing_field("analyses"));
    }
    demand_known(&payload.analyses, caller.user.rights)?;
    demand_room(&state).await?;
    let endpoint = payload.endpoint.as_deref();
    let endpoint = endpoint.map(|text| checked_endpoint(text, &state.config().webhooks)).transpose()?;
    let media = folders.media_of(&scope, &[id]).await?;
    let owner = caller.user.id;
    let orders = OrderScope { folder: &folder, media: &media, keys: &[], owner, waited_for: false };
    let group = group(&state, &payload.analyses, &orders).await?;
    let now = state.now();
    if endpoint.is_some() {
        let change = FolderChange { metadata: None, endpoint: Some(endpoint) };
        folders.update_folder(&scope, id, &change, now).await?;
    }
    folders.start(&scope, id, &group, now).await?;
    state.signals().work_queued();
    let shown = View::new(&state, &scope, &links)?.analyses(&group.analyses).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}
