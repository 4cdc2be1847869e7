//! `POST /api/folders/{folder_id}/media`: adding media to a folder.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use oz_core::account::{Action, Resource};
use oz_core::folder::FolderId;

use crate::cases::{media_records, preview_jobs, upload};
use crate::dto::media::MediaDto;
use crate::dto::upload::UploadForm;
use crate::extract::{Caller, Id};
use crate::links::Links;
use crate::{ApiError, ServiceState};

/// Add media to a folder
///
/// Only `media:tags` and `media:meta_data` of the payload are used. `application/octet-stream` is a ZIP
/// container, as for new folders.
#[utoipa::path(post, path = "/api/folders/{folder_id}/media", operation_id = "media_create", tag = "media",
    request_body(content((UploadForm = "multipart/form-data"), (String = "application/octet-stream"))),
    responses((status = CREATED, body = Vec<MediaDto>, description = "The added media")))]
pub(super) async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<FolderId>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Vec<MediaDto>>), ApiError> {
    let scope = caller.scope(Action::Create, Resource::Media)?;
    let ports = state.store()?;
    let folder = ports.folders.folder(&scope, id).await?;

    let (upload, staged) = upload(&state, &caller, folder.company, &headers, body).await?;
    if upload.media.is_empty() {
        return Err(ApiError::missing_field("media"));
    }
    let keys: Vec<String> = upload.media.iter().map(|media| media.key.clone()).collect();
    let media = media_records(&state, &folder, caller.user.id, upload.media, &upload.payload);

    let now = state.now();
    let jobs = preview_jobs(&state, &media, None, now);
    let stored = ports.folders.add_media(&scope, id, &media, &jobs, now).await;
    staged.settle(stored).await?;
    state.signals().work_queued();

    let shown = media
        .iter()
        .zip(keys)
        .map(|(media, key)| MediaDto { media_key: Some(key), ..MediaDto::new(media, Some(&links)) });
    Ok((StatusCode::CREATED, Json(shown.collect())))
}
