//! Reading, tagging and deleting media.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use oz_core::account::{Action, Resource};
use oz_core::folder::{FolderId, MediaId};
use serde_json::Value;

use crate::cases::View;
use crate::dto::List;
use crate::dto::media::MediaDto;
use crate::dto::upload::NewTags;
use crate::extract::{Caller, Id, Json};
use crate::links::Links;
use crate::upload::{as_object, parse_tags, present};
use crate::{ApiError, ServiceState};

/// List the media of a folder
///
/// Returns all media of the folder, in upload order.
#[utoipa::path(get, path = "/api/folders/{folder_id}/media", operation_id = "media_list", tag = "media",
    responses((status = OK, body = Vec<MediaDto>, description = "Media of the folder")))]
pub(super) async fn list(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<FolderId>,
) -> Result<List<MediaDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Media)?;
    let folders = &state.store()?.folders;
    folders.folder(&scope, id).await?;
    let media = folders.media_of(&scope, &[id]).await?;
    let total = media.len() as u64;
    Ok(List::new(View::new(&state, &scope, &links)?.show_media(&media), Some(total)))
}

/// Get a media item
#[utoipa::path(get, path = "/api/media/{media_id}", operation_id = "media_read", tag = "media",
    responses((status = OK, body = MediaDto, description = "The media item")))]
pub(super) async fn one(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<MediaId>,
) -> Result<Answer<MediaDto>, ApiError> {
    let scope = caller.scope(Action::Read, Resource::Media)?;
    let media = state.store()?.folders.media(&scope, id).await?;
    Ok(Answer(MediaDto::new(&media, Some(&links))))
}

/// Replace the tags of a media item
#[utoipa::path(patch, path = "/api/media/{media_id}", operation_id = "media_tag", tag = "media",
    request_body = NewTags,
    responses((status = OK, body = MediaDto, description = "The media item after the change")))]
pub(super) async fn tag(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    Id(id): Id<MediaId>,
    Json(body): Json<Value>,
) -> Result<Answer<MediaDto>, ApiError> {
    let scope = caller.scope(Action::Update, Resource::Media)?;
    let body = as_object(&body, "body")?;
    let tags = present(body, "tags").ok_or_else(|| ApiError::missing_field("tags"))?;
    let tags = parse_tags(tags, "tags")?;

    let folders = &state.store()?.folders;
    let media = folders.update_media(&scope, id, Some(&tags), None, state.now()).await?;
    Ok(Answer(MediaDto::new(&media, Some(&links))))
}

/// Delete a media item
///
/// Analyses of it remain.
#[utoipa::path(delete, path = "/api/media/{media_id}", operation_id = "media_delete", tag = "media",
    responses((status = NO_CONTENT, description = "Media item deleted")))]
pub(super) async fn delete(
    State(state): State<ServiceState>,
    caller: Caller,
    Id(id): Id<MediaId>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope(Action::Delete, Resource::Media)?;
    let folders = &state.store()?.folders;
    folders.media(&scope, id).await?;
    folders.delete_media(&scope, id, state.now()).await?;
    state.signals().blobs_to_erase();
    state.record(caller.actor(), "media.deleted", format!("{id:?}"), &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
