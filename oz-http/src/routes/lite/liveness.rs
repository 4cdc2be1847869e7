//! `/v1/face/liveness`: liveness detection.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use oz_core::folder::AnalysisKind;
use oz_core::folder::judgement::spoofing;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{essence, image};
use super::error::{Family, LiteError, LiteErrorBody, Number};
use super::examine::{self, PartHealth, examine};
use crate::cases::answer_instantly;
use crate::dto::folder::FolderDto;
use crate::dto::upload::UploadForm;
use crate::upload::{Encoding, MemorySink, Order, OrderKind, UploadLimits, receive};
use crate::{ApiError, ServiceState};

const FAMILY: Family = Family::Liveness;

/// Liveness of one image.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Detection {
    /// Attack score, from 0 (bona fide) to 1 (attack presentation).
    score: f64,
    /// Whether the score is below the configured threshold, 0.5 by default.
    passed: bool,
}

/// Check the health of liveness detection
#[utoipa::path(get, path = "/v1/face/liveness/health", operation_id = "lite_liveness_health", tag = "lite",
    responses((status = OK, body = PartHealth, description = "Health status"),
        (status = BAD_REQUEST, body = LiteErrorBody, description = "The request is invalid")))]
pub(super) async fn health(State(state): State<ServiceState>) -> Json<PartHealth> {
    examine::health(&state).await
}

/// Detect liveness
///
/// A body that is an image with exactly one face is answered with its score. A multipart form of images,
/// videos and ZIPs of frames, with tags in `payload` as for folders, is answered with a transient folder.
#[utoipa::path(post, path = "/v1/face/liveness/detect", operation_id = "lite_liveness_detect", tag = "lite",
    request_body(content(
        (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "image/png"),
        (UploadForm = "multipart/form-data"),
    )),
    responses((status = OK, body = LiteDetection, description = "Liveness of the samples"),
        (status = BAD_REQUEST, body = LiteErrorBody, description = "The request or a sample is invalid"),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody, description = "Internal error"),
        (status = SERVICE_UNAVAILABLE, body = LiteErrorBody, description = "Overloaded; retry later")))]
pub(super) async fn detect(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, LiteError> {
    if essence(&headers) == "multipart/form-data" {
        return Ok(detect_all(&state, &headers, body).await?.into_response());
    }

    let image = image(FAMILY, &headers, body, state.config().uploads.max_file_bytes).await?;
    let (_, subject) = examine(&state, FAMILY, image).await?;
    let score = spoofing(subject.verdict, subject.score);
    let passed = score < state.config().analyses.spoofing_threshold;
    Ok(Json(Detection { score, passed }).into_response())
}

/// Liveness of a single image, or a transient folder with the results of a form.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes a response")]
enum LiteDetection {
    One(Detection),
    All(Box<FolderDto>),
}

async fn detect_all(
    state: &ServiceState,
    headers: &HeaderMap,
    body: Body,
) -> Result<Json<FolderDto>, LiteError> {
    let _permit = state.instant().enter().map_err(lite_error)?;
    let limits = UploadLimits::from(&state.config().uploads);
    let encoding = Encoding::of(headers).map_err(lite_error)?;
    let received = receive(encoding, body, MemorySink, state.engine().decoder.as_ref(), &limits).await;
    let mut upload = received.map_err(lite_error)?;
    if upload.media.is_empty() {
        return Err(LiteError::new(FAMILY, Number::Sample, "the form contains no samples"));
    }

    // Analyses in the payload are ignored: this method only detects liveness.
    upload.payload.analyses = vec![Order::new(OrderKind::Analysis(AnalysisKind::Liveness))];
    answer_instantly(state, upload).await.map(Json).map_err(lite_error)
}

/// Converts an error of the upload. Errors of the media become [`Number::Sample`], all other client errors
/// [`Number::Metadata`].
fn lite_error(error: ApiError) -> LiteError {
    match (error.status, error.code) {
        (StatusCode::SERVICE_UNAVAILABLE, _) => LiteError::overloaded(FAMILY, error),
        (status, _) if status.is_server_error() => LiteError::new(FAMILY, Number::Internal, error.message),
        (_, Some(code)) if code.starts_with("media.") => {
            LiteError::new(FAMILY, Number::Sample, error.message)
        }
        (StatusCode::PAYLOAD_TOO_LARGE, _) => LiteError::new(FAMILY, Number::Sample, error.message),
        _ => LiteError::new(FAMILY, Number::Metadata, error.message),
    }
}
