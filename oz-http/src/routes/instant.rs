//! `POST /api/instant/folders`: analyses in one request, without storing anything.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use oz_core::account::{Action, Resource};
use utoipa_axum::routes;

use super::Routes;
use crate::cases::{answer_instantly, ensure_orders_allowed, redeem_capture_token};
use crate::dto::folder::FolderDto;
use crate::dto::upload::UploadForm;
use crate::extract::OptionalCaller;
use crate::upload::{Encoding, MemorySink, UploadLimits, receive};
use crate::{ApiError, ServiceState};

pub(super) fn routes() -> Routes {
    Routes::new().with(routes!(create))
}

/// Analyse media without storing them
///
/// The response contains the results. As nothing is stored, it has no URLs, best shots are embedded in
/// Base64, and `COLLECTION` analyses are refused. Answered with 503 while too many requests are being
/// processed.
#[utoipa::path(post, path = "/api/instant/folders", operation_id = "instant_create", tag = "folders",
    request_body(content((UploadForm = "multipart/form-data"), (String = "application/octet-stream"))),
    responses((status = CREATED, body = FolderDto, description = "A transient folder with the results"),
        (status = NOT_IMPLEMENTED, description = "`DOCUMENTS` analyses are not implemented")))]
async fn create(
    State(state): State<ServiceState>,
    OptionalCaller(caller): OptionalCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<FolderDto>), ApiError> {
    if let Some(caller) = &caller {
        caller.scope(Action::Create, Resource::Folder)?;
        caller.scope(Action::Create, Resource::Analysis)?;
    }

    // Media are held in memory from here on, which bounds the number of concurrent requests.
    let _permit = state.instant().enter()?;
    let encoding = Encoding::of(&headers)?;
    let is_container = encoding == Encoding::Container;
    let limits = UploadLimits::from(&state.config().uploads);
    let decoder = state.engine().decoder.as_ref();
    let upload = receive(encoding, body, MemorySink, decoder, &limits).await?;

    if is_container {
        redeem_capture_token(&state, &upload.payload)?;
    }
    let rights = caller.map(|caller| caller.user.rights).unwrap_or_default();
    ensure_orders_allowed(&state, &upload.payload.analyses, rights)?;
    Ok((StatusCode::CREATED, Json(answer_instantly(&state, upload).await?)))
}
