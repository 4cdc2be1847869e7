//! Capture containers (`application/octet-stream`): media and payload of one capture in a ZIP archive.
//!
//! Entries are stored or deflated, and not encrypted:
//!
//! - `payload.json` in the root: the payload of an upload with a `session_token`, the capture token, and
//!   optionally `media:sha256`, an object with the hexadecimal SHA-256 of each media;
//! - media, each named by its media key with any extension, in any folder: `video1.mp4` and
//!   `media/video1.mp4` both have the key `video1`.
//!
//! `docs/container.md` describes the format to integrators.

use std::time::Duration;

use super::body::MeteredBody;
use super::intake::{Intake, Sink, Upload};
use super::zip::{ZipFault, ZipStream};
use crate::ApiError;
use crate::field::{Fault, FieldError};

/// Entry name of the payload.
const PAYLOAD: &str = "payload.json";

/// Reads all entries of the archive.
pub(super) async fn receive<S: Sink>(
    body: &MeteredBody,
    idle: Duration,
    intake: &mut Intake<'_, S>,
) -> Result<(), ApiError> {
    let mut zip = ZipStream::new(body.clone(), idle);
    if zip.is_empty().await.map_err(refusal)? {
        return Err(ApiError::no_container());
    }

    read_entries(&mut zip, intake).await.map_err(refusal)?;

    if !intake.has_payload() {
        return Err(FieldError::missing(PAYLOAD).into());
    }
    if !intake.has_media() {
        return Err(FieldError::value("media", "the container has no media").into());
    }
    Ok(())
}

async fn read_entries<S: Sink>(zip: &mut ZipStream, intake: &mut Intake<'_, S>) -> Result<(), ZipFault> {
    while let Some(name) = zip.next_entry().await? {
        let is_folder = name.ends_with('/');
        if name == PAYLOAD {
            intake.begin_payload()?;
        } else if !is_folder {
            intake.begin_media(key_of(&name), &name)?;
        }

        while let Some(bytes) = zip.read().await? {
            if is_folder {
                return Err(ZipFault::Damaged("a folder has content"));
            }
            intake.push(&bytes).await?;
        }
        intake.end().await?;
    }
    Ok(())
}

/// File name without folders and extension.
fn key_of(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

fn refusal(fault: ZipFault) -> ApiError {
    match fault {
        ZipFault::Foreign(why) => ApiError::bad_container(why),
        ZipFault::Damaged(why) => {
            let detail = format!("the container is damaged: {why}");
            FieldError { fault: Fault::Type, field: "container".into(), detail }.into()
        }
        ZipFault::Request(error) => error,
    }
}

/// Compares the media with the SHA-256 digests in the payload.
pub(super) fn check_digests<K>(upload: &Upload<K>) -> Result<(), ApiError> {
    for (key, stated) in &upload.payload.digests {
        let found = upload.media.iter().find(|media| media.key == *key).map(|media| media.digest.to_string());
        if found.is_none_or(|found| !found.eq_ignore_ascii_case(stated)) {
            let why = format!("the media:sha256 of '{key}' does not match its content");
            return Err(ApiError::bad_container(why));
        }
    }
    Ok(())
}
