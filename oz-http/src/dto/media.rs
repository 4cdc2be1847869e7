//! Wire form of media.

use oz_core::folder::{MediaRole, StoredMedia};
use oz_core::media::MediaKind;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::words::{Word as _, seconds};
use crate::links::{LinkedFile, Links};

/// A photo, video or shot set in a folder.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Media)]
pub(crate) struct MediaDto {
    /// ID of the media (UUID).
    pub(crate) media_id: String,
    /// Alias of `media_id` if the media is an image, otherwise null.
    pub(crate) image_id: Option<String>,
    /// Alias of `media_id` if the media is a video, otherwise null.
    pub(crate) video_id: Option<String>,
    /// Alias of `media_id` if the media is a shot set, otherwise null.
    pub(crate) shots_set_id: Option<String>,
    /// ID of the folder (UUID).
    pub(crate) folder_id: String,
    /// ID of the owning company (UUID); null in instant mode.
    pub(crate) company_id: Option<String>,
    /// ID of the user who uploaded the media (UUID); null in instant mode.
    pub(crate) user_id: Option<String>,
    /// Media type, detected from the content: `IMAGE_FOLDER`, `VIDEO_FOLDER` or `SHOTS_SET_FOLDER`.
    pub(crate) media_type: &'static str,
    /// Media key in the upload; only in the response to that upload, otherwise null.
    pub(crate) media_key: Option<String>,
    /// Name of the uploaded file.
    pub(crate) original_name: String,
    /// Signed URL of the uploaded file, valid for a limited time; null after erasure and in instant mode.
    pub(crate) original_url: Option<String>,
    /// Signed URL of a JPEG thumbnail; null until it is available.
    pub(crate) thumb_url: Option<String>,
    /// Signed URL of an animated GIF of a shot set; null until it is available.
    pub(crate) preview_url: Option<String>,
    /// Signed URL for playback: `original_url` of a video, `preview_url` of a shot set.
    pub(crate) video_url: Option<String>,
    /// Reserved for frames of a shot set; always empty.
    pub(crate) images: Vec<Value>,
    /// Tags that describe the content, e.g. `video_selfie`.
    pub(crate) tags: Vec<String>,
    /// Properties: `mime_type`, `size` (bytes) and, once examined, `width` and `height` (pixels), `duration`
    /// (seconds), `frames`.
    pub(crate) info: Value,
    /// Custom attributes.
    pub(crate) meta_data: Map<String, Value>,
    /// Reserved; always empty.
    pub(crate) technical_meta_data: Map<String, Value>,
    /// Upload time, in UNIX seconds.
    pub(crate) time_created: f64,
    /// Time of the last change, in UNIX seconds.
    pub(crate) time_updated: f64,
}

impl MediaDto {
    /// Converts a media record; without `links`, as in instant mode, URLs and owners are `None`.
    pub(crate) fn new(media: &StoredMedia, links: Option<&Links>) -> Self {
        let id = media.id.to_string();
        let id_if = |wanted: bool| wanted.then(|| id.clone());
        let is_video = media.kind == MediaKind::Video;
        let original_url = url(media, MediaRole::Original, links);
        let preview_url = url(media, MediaRole::Preview, links);

        Self {
            image_id: id_if(media.kind == MediaKind::Image),
            video_id: id_if(is_video),
            shots_set_id: id_if(media.kind == MediaKind::ShotSet),
            folder_id: media.folder.to_string(),
            company_id: links.map(|_| media.company.to_string()),
            user_id: links.map(|_| media.owner.to_string()),
            media_type: media.kind.word(),
            media_key: None,
            original_name: media.original_name.clone(),
            thumb_url: url(media, MediaRole::Thumbnail, links),
            video_url: if is_video { original_url.clone() } else { preview_url.clone() },
            original_url,
            preview_url,
            images: Vec::new(),
            tags: media.tags.clone(),
            info: info(media),
            meta_data: media.metadata.as_object().clone(),
            technical_meta_data: Map::new(),
            time_created: seconds(media.created),
            time_updated: seconds(media.updated),
            media_id: id,
        }
    }
}

fn url(media: &StoredMedia, role: MediaRole, links: Option<&Links>) -> Option<String> {
    let ((_, media_type), links) = media.file(role).zip(links)?;
    Some(links.url(LinkedFile::Media(media.id, role), media_type))
}

fn info(media: &StoredMedia) -> Value {
    let preview = &media.preview;
    json!({
        "mime_type": media.media_type.mime(),
        "size": media.size,
        "width": preview.width,
        "height": preview.height,
        "duration": preview.duration_ms.map(|millis| millis as f64 / 1_000.0),
        "frames": preview.frames,
    })
}
