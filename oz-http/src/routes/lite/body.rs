//! Request bodies of API Lite: images and templates, binary or in Base64.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::error::{Family, LiteError, Number};

/// Expected content of a body or part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Template,
}

/// Allowance for the headers of all parts, in bytes.
const HEADERS: u64 = 64 * 1024;

/// Header that marks bodies in Base64.
const TRANSFER_ENCODING: &str = "content-transfer-encoding";

/// Whether request and response bodies are in Base64.
pub(super) fn is_base64(headers: &HeaderMap) -> bool {
    let value = headers.get(TRANSFER_ENCODING).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("base64"))
}

/// Content type without parameters, in lower case; empty if absent.
pub(super) fn essence(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a body that is an image of at most `max_bytes`. The content type must name an image format; the
/// actual format is detected from the content.
pub(super) async fn image(
    family: Family,
    headers: &HeaderMap,
    body: Body,
    max_bytes: u64,
) -> Result<Vec<u8>, LiteError> {
    if !is_image(&essence(headers)) {
        let message = "the content type must be image/jpeg or image/png";
        return Err(LiteError::new(family, Number::ContentType, message));
    }

    let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let bytes = to_bytes(body, max_bytes)
        .await
        .map_err(|_| LiteError::new(family, Number::Sample, "the sample is too large or incomplete"))?;
    decode(family, Kind::Image, is_base64(headers), bytes)
}

/// Reads the parts named in `wanted`, each of at most `max_bytes`, from a multipart form.
pub(super) async fn parts<const N: usize>(
    family: Family,
    headers: &HeaderMap,
    body: Body,
    max_bytes: u64,
    wanted: [(&str, Kind); N],
) -> Result<[Vec<u8>; N], LiteError> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| {
        LiteError::new(family, Number::ContentType, "the content type must be multipart/form-data")
    })?;

    let whole = max_bytes.saturating_mul(N as u64).saturating_add(HEADERS);
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole).per_field(max_bytes));
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
    let mut found: [Option<Vec<u8>>; N] = [const { None }; N];
    let malformed = |error: multer::Error| LiteError::new(family, Number::BadRequest, error.to_string());
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        let at = wanted.iter().position(|(name, _)| field.name() == Some(name));
        if let Some(at) = at {
            found[at] = Some(part(family, wanted[at].1, is_base64(headers), field).await?);
        }
    }

    match found.iter().position(Option::is_none) {
        Some(at) => {
            Err(LiteError::new(family, Number::BadRequest, format!("part {} is missing", wanted[at].0)))
        }
        None => Ok(found.map(Option::unwrap_or_default)),
    }
}

async fn part(
    family: Family,
    kind: Kind,
    is_base64_body: bool,
    field: Field<'_>,
) -> Result<Vec<u8>, LiteError> {
    let content_type = essence(field.headers());
    let is_expected = match kind {
        Kind::Image => is_image(&content_type),
        Kind::Template => content_type == "application/octet-stream",
    };
    // Parts without a content type are accepted.
    if !is_expected && !content_type.is_empty() {
        let message = format!("a part has the wrong content type {content_type}");
        return Err(LiteError::new(family, Number::PartType, message));
    }

    let is_base64 = is_base64_body || is_base64(field.headers());
    let bytes = field.bytes().await.map_err(|error| unreadable(family, kind, &error.to_string()))?;
    decode(family, kind, is_base64, bytes)
}

fn is_image(content_type: &str) -> bool {
    ["image/jpeg", "image/jpg", "image/png"].contains(&content_type)
}

fn decode(family: Family, kind: Kind, is_base64: bool, bytes: Bytes) -> Result<Vec<u8>, LiteError> {
    if !is_base64 {
        return Ok(bytes.into());
    }
    let digits: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(digits).map_err(|_| unreadable(family, kind, "invalid Base64"))
}

/// Error for an image or template that cannot be read.
pub(super) fn unreadable(family: Family, kind: Kind, why: &str) -> LiteError {
    match kind {
        Kind::Image => LiteError::new(family, Number::Sample, format!("the sample cannot be read: {why}")),
        Kind::Template => {
            LiteError::new(family, Number::Template, format!("the template cannot be read: {why}"))
        }
    }
}
