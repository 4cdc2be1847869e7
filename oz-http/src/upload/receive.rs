//! Reads a request into media and payload.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use oz_core::media::port::MediaDecoder;

use super::body::{BodyFault, MeteredBody};
use super::intake::{Intake, Sink, Upload, UploadLimits};
use super::{Payload, container, form};
use crate::{ApiError, ErrorNumber};

/// Encoding of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// No upload: an empty or form-urlencoded body.
    Nothing,
    /// Payload without media.
    Json,
    /// `multipart/form-data` with this boundary.
    Form(String),
    /// Capture container, see [`container`].
    Container,
}

impl Encoding {
    /// Determines the encoding from `Content-Type`.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(Self::Nothing) };
        let text =
            value.to_str().map_err(|_| ApiError::invalid_structure("Content-Type must be ASCII text"))?;
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "multipart/form-data" => multer::parse_boundary(text)
                .map(Self::Form)
                .map_err(|_| ApiError::invalid_structure("Content-Type must have a boundary")),
            "application/octet-stream" => Ok(Self::Container),
            "application/json" => Ok(Self::Json),
            "" | "application/x-www-form-urlencoded" => Ok(Self::Nothing),
            _ => Err(unsupported(&essence)),
        }
    }
}

/// Reads a request completely. On failure the caller erases what the sink has written.
pub(crate) async fn receive<S: Sink>(
    encoding: Encoding,
    body: Body,
    sink: S,
    decoder: &dyn MediaDecoder,
    limits: &UploadLimits,
) -> Result<Upload<S::Kept>, ApiError> {
    let body = MeteredBody::new(body, limits.body_bytes);
    let outcome = read(encoding, &body, Intake::new(sink, decoder, limits), limits).await;
    if outcome.is_err() {
        body.drain().await;
    }
    outcome
}

async fn read<S: Sink>(
    encoding: Encoding,
    body: &MeteredBody,
    mut intake: Intake<'_, S>,
    limits: &UploadLimits,
) -> Result<Upload<S::Kept>, ApiError> {
    let is_container = encoding == Encoding::Container;
    match encoding {
        Encoding::Nothing => return Ok(Upload { payload: Payload::default(), media: Vec::new() }),
        Encoding::Json => read_payload(body, limits, &mut intake).await?,
        Encoding::Form(boundary) => form::receive(body, boundary, limits.idle, &mut intake).await?,
        Encoding::Container => container::receive(body, limits.idle, &mut intake).await?,
    }

    let upload = intake.finish()?;
    if is_container {
        container::check_digests(&upload)?;
    }
    Ok(upload)
}

async fn read_payload<S: Sink>(
    body: &MeteredBody,
    limits: &UploadLimits,
    intake: &mut Intake<'_, S>,
) -> Result<(), ApiError> {
    let mut body = body.clone();
    intake.begin_payload()?;
    loop {
        match tokio::time::timeout(limits.idle, body.next()).await {
            Err(_) => return Err(BodyFault::Stalled.into()),
            Ok(Some(chunk)) => intake.push(&chunk?).await?,
            Ok(None) => return intake.end().await,
        }
    }
}

fn unsupported(content_type: &str) -> ApiError {
    let message = format!("Incorrect value for field 'Content-Type': unsupported media type {content_type}");
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorNumber::InvalidValue, message)
}
