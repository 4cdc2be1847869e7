//! Stored media.

use serde::{Deserialize, Serialize};

use super::FolderId;
use crate::account::UserId;
use crate::media::{MediaKind, MediaType};
use crate::metadata::Metadata;
use crate::storage::BlobKey;
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// ID of a photo, video or shot set.
    MediaId,
    "media"
);

/// Purpose of a stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaRole {
    /// The uploaded file.
    Original,
    /// Reduced still image.
    Thumbnail,
    /// Short animation of a shot set.
    Preview,
}

/// A photo, video or shot set of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMedia {
    /// Unique ID.
    pub id: MediaId,
    /// Folder of the media.
    pub folder: FolderId,
    /// Owning company.
    pub company: CompanyId,
    /// User who uploaded the media.
    pub owner: UserId,
    /// Photo, video or shot set, detected from the content.
    pub kind: MediaKind,
    /// File format, detected from the content.
    pub media_type: MediaType,
    /// File name given by the uploader. For display only, never used as a path.
    pub original_name: String,
    /// Tags given by the uploader, stored without interpretation.
    pub tags: Vec<String>,
    /// Key of the uploaded file; absent after it was erased.
    pub blob: Option<BlobKey>,
    /// Size in bytes.
    pub size: u64,
    /// Thumbnail and technical properties, filled in by a worker.
    pub preview: Preview,
    /// Custom attributes.
    pub metadata: Metadata,
    /// Upload time.
    pub created: Timestamp,
    /// Time of the last change.
    pub updated: Timestamp,
}

/// Thumbnail and technical properties of media.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preview {
    /// Thumbnail, a JPEG.
    pub thumbnail: Option<BlobKey>,
    /// Animation of a shot set.
    pub animation: Option<BlobKey>,
    /// Width of the upright picture in pixels.
    pub width: Option<u32>,
    /// Height of the upright picture in pixels.
    pub height: Option<u32>,
    /// Duration in milliseconds.
    pub duration_ms: Option<u64>,
    /// Number of frames.
    pub frames: Option<u64>,
}

impl Preview {
    /// Keys of all blobs of the preview.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        [self.thumbnail, self.animation].into_iter().flatten()
    }
}

impl StoredMedia {
    /// Keys of all blobs of the media, including the preview.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        self.blob.into_iter().chain(self.preview.blobs())
    }

    /// Removes all blob keys from the record.
    pub fn clear(&mut self) {
        self.blob = None;
        self.preview.thumbnail = None;
        self.preview.animation = None;
    }

    /// Key and format of the file of a role; `None` if it does not exist or was erased.
    #[must_use]
    pub fn file(&self, role: MediaRole) -> Option<(BlobKey, MediaType)> {
        let (blob, media_type) = match role {
            MediaRole::Original => (self.blob, self.media_type),
            MediaRole::Thumbnail => (self.preview.thumbnail, MediaType::Jpeg),
            MediaRole::Preview => (self.preview.animation, MediaType::Gif),
        };
        blob.map(|blob| (blob, media_type))
    }

    /// Whether the media has the tag `tag`.
    #[must_use]
    pub fn is_tagged(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}
