//! `multipart/form-data`: the part `payload` is JSON; every other part is media, its name the media key.

use std::time::Duration;

use bytes::Bytes;
use multer::{Field, Multipart};

use super::body::{BodyFault, MeteredBody};
use super::intake::{Intake, Sink};
use crate::ApiError;
use crate::field::FieldError;

/// Longest headers of a part in bytes, including the preamble before the first part.
const HEADING: u64 = 64 * 1024;

/// Reads all parts of the form.
pub(super) async fn receive<S: Sink>(
    body: &MeteredBody,
    boundary: String,
    idle: Duration,
    intake: &mut Intake<'_, S>,
) -> Result<(), ApiError> {
    let mut form = Multipart::new(body.clone(), boundary);
    loop {
        body.in_heading(HEADING);
        let Some(mut field) = in_time(idle, form.next_field()).await? else { return Ok(()) };
        body.in_content();

        begin(&field, intake)?;
        while let Some(chunk) = next_chunk(idle, &mut field).await? {
            intake.push(&chunk).await?;
        }
        intake.end().await?;
    }
}

fn begin<S: Sink>(field: &Field<'_>, intake: &mut Intake<'_, S>) -> Result<(), ApiError> {
    let key = field.name().ok_or_else(|| FieldError::missing("name"))?;
    match key {
        "payload" => intake.begin_payload(),
        key => intake.begin_media(key, field.file_name().unwrap_or_default()),
    }
}

async fn next_chunk(idle: Duration, field: &mut Field<'_>) -> Result<Option<Bytes>, ApiError> {
    in_time(idle, field.chunk()).await
}

async fn in_time<T>(
    idle: Duration,
    reading: impl Future<Output = Result<T, multer::Error>>,
) -> Result<T, ApiError> {
    match tokio::time::timeout(idle, reading).await {
        Ok(outcome) => outcome.map_err(|error| refusal(&error)),
        Err(_) => Err(BodyFault::Stalled.into()),
    }
}

/// Error response of a form error; an underlying [`BodyFault`] keeps its own response.
fn refusal(error: &multer::Error) -> ApiError {
    if let multer::Error::StreamReadFailed(cause) = error
        && let Some(fault) = cause.downcast_ref::<BodyFault>()
    {
        return (*fault).into();
    }
    ApiError::invalid_structure(format!("invalid multipart body: {error}"))
}
