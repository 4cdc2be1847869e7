//! `/v1/face/liveness`: is a live person before the camera?

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use oz_core::folder::AnalysisKind;
use oz_core::folder::judgement::spoofing;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{essence, picture};
use super::error::{Family, LiteError, LiteErrorBody, Number};
use super::examine::{self, PartHealth, examine};
use crate::cases::answer_instantly;
use crate::dto::folder::FolderDto;
use crate::dto::upload::UploadForm;
use crate::upload::{Encoding, MemorySink, Order, UploadLimits, receive};
use crate::{ApiError, ServiceState};

const FAMILY: Family = Family::Liveness;

/// What one picture looks like.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Detection {
    /// How much of an attack it looks, 0..=1.
    score: f64,
    /// Whether it is taken for a live person.
    passed: bool,
}

/// Whether liveness can be judged.
#[utoipa::path(get, path = "/v1/face/liveness/health", operation_id = "lite_liveness_health", tag = "lite",
    responses((status = OK, body = PartHealth), (status = BAD_REQUEST, body = LiteErrorBody)))]
pub(super) async fn health(State(state): State<ServiceState>) -> Json<PartHealth> {
    examine::health(&state).await
}

/// Judges the liveness of one picture (the body), or of pictures, videos and archives (a form, with tags in `payload` as for
/// folders), which are answered with a folder that is not stored.
#[utoipa::path(post, path = "/v1/face/liveness/detect", operation_id = "lite_liveness_detect", tag = "lite",
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (UploadForm = "multipart/form-data"))),
    responses((status = OK, body = LiteDetection), (status = BAD_REQUEST, body = LiteErrorBody),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody), (status = SERVICE_UNAVAILABLE, body = LiteErrorBody)))]
pub(super) async fn detect(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, LiteError> {
    if essence(&headers) == "multipart/form-data" {
        return Ok(detect_all(&state, &headers, body).await?.into_response());
    }
    let picture = picture(FAMILY, &headers, body, state.config().uploads.max_file_bytes).await?;
    let (_, subject) = examine(&state, FAMILY, picture).await?;
    let score = spoofing(subject.verdict, subject.score);
    let passed = score < state.config().analyses.spoofing_threshold;
    Ok(Json(Detection { score, passed }).into_response())
}

/// One or the other.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it describes an answer")]
enum LiteDetection {
    One(Detection),
    All(Box<FolderDto>),
}

async fn detect_all(
    state: &ServiceState,
    headers: &HeaderMap,
    body: Body,
) -> Result<Json<FolderDto>, LiteError> {
    let _turn = state.instant().enter().map_err(refused)?;
    let limits = UploadLimits::from(&state.config().uploads);
    let encoding = Encoding::of(headers).map_err(refused)?;
    let received = receive(encoding, body, MemorySink, state.engine().decoder.as_ref(), &limits).await;
    let mut upload = received.map_err(refused)?;
    if upload.media.is_empty() {
        return Err(LiteError::new(FAMILY, Number::Sample, "there are no samples"));
    }
    // Whatever the client asks for besides, this method judges liveness.
    upload.payload.analyses = vec![Order { kind: Some(AnalysisKind::Liveness), ..Order::default() }];
    answer_instantly(state, upload).await.map(Json).map_err(refused)
}

/// What is wrong with a form is what it says about its media, unless it is the media.
fn refused(error: ApiError) -> LiteError {
    match (error.status, error.code) {
        (StatusCode::SERVICE_UNAVAILABLE, _) => LiteError::sent_away(FAMILY, error),
        (status, _) if status.is_server_error() => LiteError::new(FAMILY, Number::Internal, error.message),
        (_, Some(code)) if code.starts_with("media.") => {
            LiteError::new(FAMILY, Number::Sample, error.message)
        }
        (StatusCode::PAYLOAD_TOO_LARGE, _) => LiteError::new(FAMILY, Number::Sample, error.message),
        _ => LiteError::new(FAMILY, Number::Metadata, error.message),
    }
}
