//! `/v1/face/pattern`: templates, and how alike they are.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oz_core::face::{ComparisonDecision, FeatureVector, Threshold, template};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Kind, is_base64, parts, picture, unreadable};
use super::error::{Family, LiteError, LiteErrorBody, Number};
use super::examine::{self, PartHealth, features};
use crate::ServiceState;

const FAMILY: Family = Family::Pattern;

/// How alike two faces are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comparison {
    /// 0..=1; higher is more alike.
    score: f32,
    /// `approved`, `operator_required` or `declined`.
    decision: &'static str,
}

/// Whether templates can be made.
#[utoipa::path(get, path = "/v1/face/pattern/health", operation_id = "lite_pattern_health", tag = "lite",
    responses((status = OK, body = PartHealth), (status = BAD_REQUEST, body = LiteErrorBody)))]
pub(super) async fn health(State(state): State<ServiceState>) -> Json<PartHealth> {
    examine::health(&state).await
}

/// Makes a template of a picture. With the header `Content-Transfer-Encoding: base64` picture and template are Base64.
#[utoipa::path(post, path = "/v1/face/pattern/extract", operation_id = "lite_pattern_extract", tag = "lite",
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
    responses((status = OK, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = BAD_REQUEST, body = LiteErrorBody), (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody),
        (status = SERVICE_UNAVAILABLE, body = LiteErrorBody)))]
pub(super) async fn extract(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, LiteError> {
    let picture = picture(FAMILY, &headers, body, longest(&state)).await?;
    let features = features(&state, picture).await?;
    let mut bytes = template::encode(&features).map_err(|error| LiteError::of(FAMILY, &error))?;
    if is_base64(&headers) {
        bytes = BASE64_STANDARD.encode(&bytes).into_bytes();
    }
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// Compares two templates.
#[utoipa::path(post, path = "/v1/face/pattern/compare", operation_id = "lite_pattern_compare", tag = "lite",
    request_body(content = CompareForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Comparison), (status = BAD_REQUEST, body = LiteErrorBody),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody)))]
pub(super) async fn compare(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Comparison>, LiteError> {
    let wanted = [("bio_feature", Kind::Template), ("bio_template", Kind::Template)];
    let [feature, reference] = parts(FAMILY, &headers, body, longest(&state), wanted).await?;
    compared(&state, &read(&feature)?, &read(&reference)?)
}

/// Compares a picture with a template.
#[utoipa::path(post, path = "/v1/face/pattern/verify", operation_id = "lite_pattern_verify", tag = "lite",
    request_body(content = VerifyForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Comparison), (status = BAD_REQUEST, body = LiteErrorBody),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody), (status = SERVICE_UNAVAILABLE, body = LiteErrorBody)))]
pub(super) async fn verify(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Comparison>, LiteError> {
    let wanted = [("sample", Kind::Picture), ("bio_template", Kind::Template)];
    let [sample, reference] = parts(FAMILY, &headers, body, longest(&state), wanted).await?;
    // What can be refused without a model is refused first.
    let reference = read(&reference)?;
    compared(&state, &features(&state, sample).await?, &reference)
}

/// Compares two pictures.
#[utoipa::path(post, path = "/v1/face/pattern/extract_and_compare", operation_id = "lite_pattern_extract_and_compare",
    tag = "lite", request_body(content = PicturesForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Comparison), (status = BAD_REQUEST, body = LiteErrorBody),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody), (status = SERVICE_UNAVAILABLE, body = LiteErrorBody)))]
pub(super) async fn extract_and_compare(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Comparison>, LiteError> {
    let wanted = [("sample_1", Kind::Picture), ("sample_2", Kind::Picture)];
    let [first, second] = parts(FAMILY, &headers, body, longest(&state), wanted).await?;
    let first = features(&state, first).await?;
    compared(&state, &first, &features(&state, second).await?)
}

/// Two templates.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes a form")]
struct CompareForm {
    #[schema(content_media_type = "application/octet-stream")]
    bio_feature: Vec<u8>,
    #[schema(content_media_type = "application/octet-stream")]
    bio_template: Vec<u8>,
}

/// A picture and a template.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes a form")]
struct VerifyForm {
    #[schema(content_media_type = "image/jpeg")]
    sample: Vec<u8>,
    #[schema(content_media_type = "application/octet-stream")]
    bio_template: Vec<u8>,
}

/// Two pictures.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes a form")]
struct PicturesForm {
    #[schema(content_media_type = "image/jpeg")]
    sample_1: Vec<u8>,
    #[schema(content_media_type = "image/jpeg")]
    sample_2: Vec<u8>,
}

fn longest(state: &ServiceState) -> u64 {
    state.config().uploads.max_file_bytes
}

fn read(bytes: &[u8]) -> Result<FeatureVector, LiteError> {
    template::decode(bytes).map_err(|error| unreadable(FAMILY, Kind::Template, &error.to_string()))
}

/// Templates of different models are templates that cannot be read here.
fn compared(
    state: &ServiceState,
    probe: &FeatureVector,
    reference: &FeatureVector,
) -> Result<Json<Comparison>, LiteError> {
    let similarity = probe.similarity(reference);
    let similarity = similarity.map_err(|error| unreadable(FAMILY, Kind::Template, &error.to_string()))?;
    let config = &state.config().analyses;
    let threshold = Threshold::new(config.threshold_min, config.threshold_max).map_err(|_| {
        LiteError::new(FAMILY, Number::Internal, "the thresholds of the service are not valid")
    })?;
    let score = state.engine().calibration.score(similarity);
    Ok(Json(Comparison { score: score.value, decision: word(score.decide(threshold)) }))
}

fn word(decision: ComparisonDecision) -> &'static str {
    match decision {
        ComparisonDecision::Match => "approved",
        ComparisonDecision::Inconclusive => "operator_required",
        ComparisonDecision::NonMatch => "declined",
    }
}
