//! Media on the wire.

use oz_core::folder::{MediaRole, StoredMedia};
use oz_core::media::MediaKind;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::words::{extension, media_type, seconds};
use crate::links::{LinkedFile, Links};

/// A photo, video or shot set of a folder.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Media)]
pub(crate) struct MediaDto {
    /// Unique name.
    pub(crate) media_id: String,
    /// The same, if it is an image.
    pub(crate) image_id: Option<String>,
    /// The same, if it is a video.
    pub(crate) video_id: Option<String>,
    /// The same, if it is a shot set.
    pub(crate) shots_set_id: Option<String>,
    /// Where it belongs.
    pub(crate) folder_id: String,
    /// Whose it is.
    pub(crate) company_id: Option<String>,
    /// Who uploaded it.
    pub(crate) user_id: Option<String>,
    /// IMAGE_FOLDER, VIDEO_FOLDER or SHOTS_SET_FOLDER.
    pub(crate) media_type: &'static str,
    /// The client's key for it in the request; only in answers to that request.
    pub(crate) media_key: Option<String>,
    /// Name that the client gave the file.
    pub(crate) original_name: String,
    /// Where its bytes are.
    pub(crate) original_url: Option<String>,
    /// Where a small picture is, once there is one.
    pub(crate) thumb_url: Option<String>,
    /// Where an animation of a shot set is, once there is one.
    pub(crate) preview_url: Option<String>,
    /// Where something can be played: the video itself, or the animation of a shot set.
    pub(crate) video_url: Option<String>,
    /// Single frames of a shot set; they are not given out one by one.
    pub(crate) images: Vec<Value>,
    /// Words that say what it shows.
    pub(crate) tags: Vec<String>,
    /// Facts about it, once they are known.
    pub(crate) info: Value,
    /// Free attributes.
    pub(crate) meta_data: Map<String, Value>,
    /// Reserved.
    pub(crate) technical_meta_data: Map<String, Value>,
    /// When it was uploaded, in seconds since the epoch.
    pub(crate) time_created: f64,
    /// When it was changed last, in seconds since the epoch.
    pub(crate) time_updated: f64,
}

impl MediaDto {
    /// As stored; `links` makes the URLs, and none where nothing is stored.
    pub(crate) fn new(media: &StoredMedia, links: Option<&Links>) -> Self {
        let id = media.id.to_string();
        let id_if = |wanted: bool| wanted.then(|| id.clone());
        let (is_video, is_set) = (media.kind == MediaKind::Video, media.kind == MediaKind::ShotSet);
        let original_url = url(media, MediaRole::Original, links);
        let preview_url = url(media, MediaRole::Preview, links);
        Self {
            image_id: id_if(!is_video && !is_set),
            video_id: id_if(is_video),
            shots_set_id: id_if(is_set),
            folder_id: media.folder.to_string(),
            company_id: links.map(|_| media.company.to_string()),
            user_id: links.map(|_| media.owner.to_string()),
            media_type: media_type(media.kind),
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
    let (blob, extension) = match role {
        MediaRole::Original => (media.blob, extension(media.media_type)),
        MediaRole::Thumbnail => (media.preview.thumbnail, "jpg"),
        MediaRole::Preview => (media.preview.animation, "gif"),
    };
    blob.and(links).map(|links| links.url(LinkedFile::Media(media.id, role), extension))
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
