//! `POST /api/folders/{folder_id}/analyses`: starting analyses of a folder.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::{FolderChange, FolderId};

use crate::cases::{OrderScope, View, checked_endpoint, ensure_orders_allowed, ensure_queue_capacity, group};
use crate::dto::analysis::AnalysisDto;
use crate::dto::upload::NewAnalyses;
use crate::extract::{Caller, Id};
use crate::links::Links;
use crate::upload::parse_payload;
use crate::{ApiError, ServiceState};

/// Start analyses of a folder
///
/// The analyses form one group. The response is sent before they are processed; poll the folder or an
/// analysis, or set `resolution_endpoint`. Answered with 503 while too many analyses are queued.
#[utoipa::path(post, path = "/api/folders/{folder_id}/analyses", operation_id = "analysis_create",
    tag = "analyses", request_body = NewAnalyses,
    responses((status = CREATED, body = Vec<AnalysisDto>, description = "The started analyses"),
        (status = NOT_IMPLEMENTED, description = "`DOCUMENTS` analyses are not implemented")))]
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
    ensure_orders_allowed(&state, &payload.analyses, caller.user.rights)?;
    ensure_queue_capacity(&state).await?;
    let endpoint = payload.endpoint.as_deref();
    let endpoint = endpoint.map(|text| checked_endpoint(text, &state.config().webhooks)).transpose()?;

    let media = folders.media_of(&scope, &[id]).await?;
    let owner = caller.user.id;
    let orders = OrderScope { folder: &folder, media: &media, keys: &[], owner, awaited: false };
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
