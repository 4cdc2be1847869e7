//! `/v1/face/pattern`: extraction and comparison of templates.

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

use super::body::{Kind, image, is_base64, parts, unreadable};
use super::error::{Family, LiteError, LiteErrorBody, Number};
use super::examine::{self, PartHealth, features};
use crate::ServiceState;

const FAMILY: Family = Family::Pattern;

/// Result of a comparison.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comparison {
    /// Comparison score, 0 to 1; higher is more similar.
    score: f32,
    /// Decision at the configured thresholds: `approved`, `operator_required` or `declined`.
    decision: &'static str,
}

/// Check the health of template extraction
#[utoipa::path(get, path = "/v1/face/pattern/health", operation_id = "lite_pattern_health", tag = "lite",
    responses((status = OK, body = PartHealth, description = "Health status"),
        (status = BAD_REQUEST, body = LiteErrorBody, description = "The request is invalid")))]
pub(super) async fn health(State(state): State<ServiceState>) -> Json<PartHealth> {
    examine::health(&state).await
}

/// Extract a template from an image
///
/// The image must show exactly one face. With the header `Content-Transfer-Encoding: base64`, image and
/// template are in Base64.
#[utoipa::path(post, path = "/v1/face/pattern/extract", operation_id = "lite_pattern_extract", tag = "lite",
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
    responses(
        (status = OK, body = Vec<u8>, content_type = "application/octet-stream",
            description = "The template"),
        (status = BAD_REQUEST, body = LiteErrorBody, description = "The request or the sample is invalid"),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody, description = "Internal error"),
        (status = SERVICE_UNAVAILABLE, body = LiteErrorBody, description = "Overloaded; retry later")))]
pub(super) async fn extract(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, LiteError> {
    let image = image(FAMILY, &headers, body, max_bytes(&state)).await?;
    let features = features(&state, image).await?;

    let mut bytes = template::encode(&features).map_err(|error| LiteError::of(FAMILY, &error))?;
    if is_base64(&headers) {
        bytes = BASE64_STANDARD.encode(&bytes).into_bytes();
    }
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// Compare two templates
#[utoipa::path(post, path = "/v1/face/pattern/compare", operation_id = "lite_pattern_compare", tag = "lite",
    request_body(content = CompareForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Comparison, description = "Score and decision"),
        (status = BAD_REQUEST, body = LiteErrorBody, description = "The request or a template is invalid"),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody, description = "Internal error")))]
pub(super) async fn compare(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Comparison>, LiteError> {
    let wanted = [("bio_feature", Kind::Template), ("bio_template", Kind::Template)];
    let [probe, reference] = parts(FAMILY, &headers, body, max_bytes(&state), wanted).await?;
    comparison(&state, &decode(&probe)?, &decode(&reference)?)
}

/// Compare an image with a template
///
/// The image must show exactly one face.
#[utoipa::path(post, path = "/v1/face/pattern/verify", operation_id = "lite_pattern_verify", tag = "lite",
    request_body(content = VerifyForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Comparison, description = "Score and decision"),
        (status = BAD_REQUEST, body = LiteErrorBody,
            description = "The request, the sample or the template is invalid"),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody, description = "Internal error"),
        (status = SERVICE_UNAVAILABLE, body = LiteErrorBody, description = "Overloaded; retry later")))]
pub(super) async fn verify(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Comparison>, LiteError> {
    let wanted = [("sample", Kind::Image), ("bio_template", Kind::Template)];
    let [sample, reference] = parts(FAMILY, &headers, body, max_bytes(&state), wanted).await?;

    // Decoded first: a malformed template is refused before any model runs.
    let reference = decode(&reference)?;
    comparison(&state, &features(&state, sample).await?, &reference)
}

/// Compare two images
///
/// Each image must show exactly one face.
#[utoipa::path(post, path = "/v1/face/pattern/extract_and_compare",
    operation_id = "lite_pattern_extract_and_compare", tag = "lite",
    request_body(content = PicturesForm, content_type = "multipart/form-data"),
    responses((status = OK, body = Comparison, description = "Score and decision"),
        (status = BAD_REQUEST, body = LiteErrorBody, description = "The request or a sample is invalid"),
        (status = INTERNAL_SERVER_ERROR, body = LiteErrorBody, description = "Internal error"),
        (status = SERVICE_UNAVAILABLE, body = LiteErrorBody, description = "Overloaded; retry later")))]
pub(super) async fn extract_and_compare(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Comparison>, LiteError> {
    let wanted = [("sample_1", Kind::Image), ("sample_2", Kind::Image)];
    let [first, second] = parts(FAMILY, &headers, body, max_bytes(&state), wanted).await?;
    let first = features(&state, first).await?;
    comparison(&state, &first, &features(&state, second).await?)
}

/// Two templates.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a form")]
struct CompareForm {
    /// Template of the probe.
    #[schema(content_media_type = "application/octet-stream")]
    bio_feature: Vec<u8>,
    /// Template of the reference.
    #[schema(content_media_type = "application/octet-stream")]
    bio_template: Vec<u8>,
}

/// An image and a template.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a form")]
struct VerifyForm {
    /// Image of the probe, JPEG or PNG.
    #[schema(content_media_type = "image/jpeg")]
    sample: Vec<u8>,
    /// Template of the reference.
    #[schema(content_media_type = "application/octet-stream")]
    bio_template: Vec<u8>,
}

/// Two images.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a form")]
struct PicturesForm {
    /// Image of the probe, JPEG or PNG.
    #[schema(content_media_type = "image/jpeg")]
    sample_1: Vec<u8>,
    /// Image of the reference, JPEG or PNG.
    #[schema(content_media_type = "image/jpeg")]
    sample_2: Vec<u8>,
}

fn max_bytes(state: &ServiceState) -> u64 {
    state.config().uploads.max_file_bytes
}

fn decode(bytes: &[u8]) -> Result<FeatureVector, LiteError> {
    template::decode(bytes).map_err(|error| unreadable(FAMILY, Kind::Template, &error.to_string()))
}

/// Compares two feature vectors. Those of different models are reported as an unreadable template.
fn comparison(
    state: &ServiceState,
    probe: &FeatureVector,
    reference: &FeatureVector,
) -> Result<Json<Comparison>, LiteError> {
    let similarity = probe.similarity(reference);
    let similarity = similarity.map_err(|error| unreadable(FAMILY, Kind::Template, &error.to_string()))?;

    let config = &state.config().analyses;
    let threshold = Threshold::new(config.threshold_min, config.threshold_max)
        .map_err(|_| LiteError::new(FAMILY, Number::Internal, "the configured thresholds are invalid"))?;

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
