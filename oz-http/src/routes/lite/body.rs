//! Bodies of API Lite: pictures and templates, as they are or in Base64.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::error::{Family, LiteError, Number};

/// What a part of a form has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Picture,
    Template,
}

/// Room for the headings of parts.
const HEADINGS: u64 = 64 * 1024;

/// The header that says that bodies are text.
const TRANSFER_ENCODING: &str = "content-transfer-encoding";

/// Whether bodies and answers are Base64.
pub(super) fn is_base64(headers: &HeaderMap) -> bool {
    let value = headers.get(TRANSFER_ENCODING).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("base64"))
}

/// A type without its parameters, in lower case; empty when there is none.
pub(super) fn essence(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The picture that is the body. What it is labelled as has to be a picture; which one it really is tells its content.
pub(super) async fn picture(
    family: Family,
    headers: &HeaderMap,
    body: Body,
    longest: u64,
) -> Result<Vec<u8>, LiteError> {
    if !is_picture(&essence(headers)) {
        return Err(LiteError::new(
            family,
            Number::ContentType,
            "the content type is not image/jpeg or image/png",
        ));
    }
    let longest = usize::try_from(longest).unwrap_or(usize::MAX);
    let bytes = to_bytes(body, longest).await;
    let bytes = bytes
        .map_err(|_| LiteError::new(family, Number::Sample, "the sample is too large or was cut off"))?;
    decoded(family, Kind::Picture, is_base64(headers), bytes)
}

/// Two parts of a form, by name.
pub(super) async fn parts<const N: usize>(
    family: Family,
    headers: &HeaderMap,
    body: Body,
    longest: u64,
    wanted: [(&str, Kind); N],
) -> Result<[Vec<u8>; N], LiteError> {
    let label = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(label).map_err(|_| {
        LiteError::new(family, Number::ContentType, "the content type is not multipart/form-data")
    })?;
    let whole = longest.saturating_mul(N as u64).saturating_add(HEADINGS);
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole).per_field(longest));
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
    let mut found: [Option<Vec<u8>>; N] = [const { None }; N];
    let broken = |error: multer::Error| LiteError::new(family, Number::BadRequest, error.to_string());
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let at = wanted.iter().position(|(name, _)| field.name() == Some(name));
        if let Some(at) = at {
            found[at] = Some(part(family, wanted[at].1, is_base64(headers), field).await?);
        }
    }
    let missing = found.iter().position(Option::is_none);
    match missing {
        Some(at) => {
            Err(LiteError::new(family, Number::BadRequest, format!("the part {} is missing", wanted[at].0)))
        }
        None => Ok(found.map(Option::unwrap_or_default)),
    }
}

async fn part(family: Family, kind: Kind, is_text: bool, field: Field<'_>) -> Result<Vec<u8>, LiteError> {
    let label = essence(field.headers());
    let fits = match kind {
        Kind::Picture => is_picture(&label),
        Kind::Template => label == "application/octet-stream",
    };
    // A part without a label says nothing wrong.
    if !fits && !label.is_empty() {
        return Err(LiteError::new(family, Number::PartType, format!("a part is of the wrong type {label}")));
    }
    let is_text = is_text || is_base64(field.headers());
    let bytes = field.bytes().await.map_err(|error| unreadable(family, kind, &error.to_string()))?;
    decoded(family, kind, is_text, bytes)
}

fn is_picture(label: &str) -> bool {
    ["image/jpeg", "image/jpg", "image/png"].contains(&label)
}

fn decoded(family: Family, kind: Kind, is_text: bool, bytes: Bytes) -> Result<Vec<u8>, LiteError> {
    if !is_text {
        return Ok(bytes.into());
    }
    let letters: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(letters).map_err(|_| unreadable(family, kind, "it is no Base64"))
}

/// The error of a picture or template that cannot be read.
pub(super) fn unreadable(family: Family, kind: Kind, why: &str) -> LiteError {
    match kind {
        Kind::Picture => LiteError::new(family, Number::Sample, format!("the sample cannot be read: {why}")),
        Kind::Template => {
            LiteError::new(family, Number::Template, format!("the template cannot be read: {why}"))
        }
    }
}
