//! Serving stored files.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use oz_core::Error;
use oz_core::account::Scope;
use oz_core::collection::{CollectionId, ReferenceId, SubjectId};
use oz_core::folder::{AnalysisId, MediaId, MediaRole};
use oz_core::media::MediaType;
use oz_core::storage::BlobKey;
use oz_core::storage::port::BlobStore;

use super::range::{ByteRange, parse_range};
use crate::links::{LinkFault, LinkedFile, open};
use crate::{ApiError, ErrorNumber, ServiceState};

/// Chunk size for reading and sending, in bytes.
const CHUNK: u64 = 256 * 1024;

/// Get a file by its signed URL
///
/// Files are addressed by URLs in responses, e.g. `original_url`, and need no access token. Supports `Range`
/// with a single byte range, `If-Range` and `If-None-Match`. Answered with 403 once the URL has expired.
#[utoipa::path(get, path = "/static/{file}", operation_id = "file_read", tag = "media", security(()),
    params(("file" = String, Path, description = "Signed token with a file extension")),
    responses(
        (status = OK, description = "The file", content_type = "application/octet-stream", body = [u8]),
        (status = PARTIAL_CONTENT, description = "The requested byte range",
            content_type = "application/octet-stream", body = [u8]),
        (status = NOT_MODIFIED, description = "The copy named by `If-None-Match` is current"),
        (status = RANGE_NOT_SATISFIABLE, description = "The requested range lies outside the file"),
    ))]
pub(super) async fn read(
    State(state): State<ServiceState>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let token = file.split('.').next().unwrap_or_default();
    let linked = open(token, &state.secrets().media_urls, state.now()).map_err(|fault| match fault {
        LinkFault::Forged => ApiError::not_found(),
        LinkFault::Expired => {
            ApiError::new(StatusCode::FORBIDDEN, ErrorNumber::AuthExpired, "The link has expired")
        }
    })?;

    let Found { blob, media_type } = find(&state, linked).await?.ok_or_else(ApiError::not_found)?;
    let blobs = state.store()?.blobs.clone();
    // A blob deleted since its record was read is answered with 404 here.
    let size = blobs.size(blob).await?;
    Ok(respond(&headers, blobs, blob, media_type, size))
}

struct Found {
    blob: BlobKey,
    media_type: MediaType,
}

/// Looks up the record of a file, so that deleting the record invalidates its URLs.
async fn find(state: &ServiceState, file: LinkedFile) -> Result<Option<Found>, Error> {
    match file {
        LinkedFile::Media(id, role) => of_media(state, id, role).await,
        LinkedFile::BestShot(analysis, media) => of_analysis(state, analysis, media).await,
        LinkedFile::Reference(collection, subject, reference) => {
            of_reference(state, collection, subject, reference).await
        }
    }
}

async fn of_media(state: &ServiceState, id: MediaId, role: MediaRole) -> Result<Option<Found>, Error> {
    let Ok(ports) = state.store() else { return Ok(None) };
    let media = ports.folders.media(&Scope::Everything, id).await?;
    Ok(media.file(role).map(|(blob, media_type)| Found { blob, media_type }))
}

async fn of_analysis(state: &ServiceState, id: AnalysisId, media: MediaId) -> Result<Option<Found>, Error> {
    let Ok(ports) = state.store() else { return Ok(None) };
    let analysis = ports.folders.analysis(&Scope::Everything, id).await?;
    let results = analysis.results.iter().flat_map(|results| &results.media);
    let blob = results.filter(|result| result.media == media).find_map(|result| result.best_shot);
    Ok(blob.map(|blob| Found { blob, media_type: MediaType::Jpeg }))
}

async fn of_reference(
    state: &ServiceState,
    collection: CollectionId,
    subject: SubjectId,
    id: ReferenceId,
) -> Result<Option<Found>, Error> {
    let Ok(ports) = state.store() else { return Ok(None) };
    let references = ports.collections.repository.references(collection, subject).await?;
    let Some(blob) = references.iter().find(|reference| reference.id == id).and_then(|found| found.image)
    else {
        return Ok(None);
    };
    let head = ports.blobs.read_range(blob, 0, 4096).await?;
    let media_type = state.engine().decoder.sniff(&head).unwrap_or(MediaType::Jpeg);
    Ok(Some(Found { blob, media_type }))
}

fn respond(
    headers: &HeaderMap,
    blobs: Arc<dyn BlobStore>,
    blob: BlobKey,
    media_type: MediaType,
    size: u64,
) -> Response {
    // Blobs are immutable, so that their ID is a strong entity tag.
    let tag = format!("\"{}\"", blob.id);
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        return response_with(StatusCode::NOT_MODIFIED, &tag, Body::empty());
    }

    let range = text(RANGE).filter(|_| text(IF_RANGE).is_none_or(|known| known.trim() == tag));
    let (status, first, end) = match parse_range(range, size) {
        ByteRange::Whole => (StatusCode::OK, 0, size),
        ByteRange::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first, last + 1),
        ByteRange::Unsatisfiable => {
            let mut response = response_with(StatusCode::RANGE_NOT_SATISFIABLE, &tag, Body::empty());
            set(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
            return response;
        }
    };

    let mut response = response_with(status, &tag, content(blobs, blob, first, end));
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut response, CONTENT_RANGE, &format!("bytes {first}-{}/{size}", end - 1));
    }
    set(&mut response, CONTENT_LENGTH, &(end - first).to_string());
    set(&mut response, CONTENT_TYPE, media_type.mime());
    set(&mut response, CONTENT_DISPOSITION, &disposition(blob, media_type));
    response
}

/// A response with the headers common to all outcomes.
fn response_with(status: StatusCode, tag: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(&mut response, ETAG, tag);
    set(&mut response, ACCEPT_RANGES, "bytes");
    set(&mut response, CACHE_CONTROL, "private, max-age=300");
    set(&mut response, CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'");
    response
}

/// `inline` for images and videos, `attachment` for archives and unknown types.
fn disposition(blob: BlobKey, media_type: MediaType) -> String {
    let is_displayable = media_type.mime().starts_with("image/") || media_type.mime().starts_with("video/");
    let kind = if is_displayable { "inline" } else { "attachment" };
    format!("{kind}; filename=\"{}.{}\"", blob.id, media_type.extension())
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Streams the bytes from `first` up to, but not including, `end`. A blob that ends early aborts the
/// connection, so that clients cannot mistake a truncated file for a complete one.
fn content(blobs: Arc<dyn BlobStore>, blob: BlobKey, first: u64, end: u64) -> Body {
    Body::from_stream(stream::try_unfold((blobs, first), move |(blobs, at)| async move {
        if at >= end {
            return Ok(None);
        }
        let bytes = blobs.read_range(blob, at, CHUNK.min(end - at)).await?;
        if bytes.is_empty() {
            return Err(blob.not_found());
        }
        let next = at + bytes.len() as u64;
        Ok(Some((Bytes::from(bytes), (blobs, next))))
    }))
}
