//! Media as they are stored.

use serde::{Deserialize, Serialize};

use super::FolderId;
use crate::account::UserId;
use crate::media::{MediaKind, MediaType};
use crate::metadata::Metadata;
use crate::storage::BlobKey;
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// Names a photo, video or shot set.
    MediaId,
    "media"
);

/// What a picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaRole {
    /// What was uploaded.
    Original,
    /// A small picture.
    Thumbnail,
    /// A short animation of a shot set.
    Preview,
}

/// A photo, video or shot set of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMedia {
    /// Unique name.
    pub id: MediaId,
    /// Where it belongs.
    pub folder: FolderId,
    /// Whose it is.
    pub company: CompanyId,
    /// Who uploaded it.
    pub owner: UserId,
    /// How its pictures belong together, told by content.
    pub kind: MediaKind,
    /// Its format, told by content.
    pub media_type: MediaType,
    /// Name that the uploader gave the file; for people only, never a path.
    pub original_name: String,
    /// Words that say what it shows, see [`super::Tag`].
    pub tags: Vec<String>,
    /// Where its bytes are; none after they were cleared.
    pub blob: Option<BlobKey>,
    /// Size in bytes.
    pub size: u64,
    /// Small picture and facts, once a worker has looked at it.
    pub preview: Preview,
    /// Free attributes.
    pub metadata: Metadata,
    /// When it was uploaded.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// What a worker found out about media without judging them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preview {
    /// A small JPEG.
    pub thumbnail: Option<BlobKey>,
    /// An animation of a shot set.
    pub animation: Option<BlobKey>,
    /// Width in pixels of the upright picture.
    pub width: Option<u32>,
    /// Height in pixels of the upright picture.
    pub height: Option<u32>,
    /// Length in milliseconds.
    pub duration_ms: Option<u64>,
    /// Number of frames.
    pub frames: Option<u64>,
}

impl Preview {
    /// Every blob that belongs to it.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        [self.thumbnail, self.animation].into_iter().flatten()
    }
}

impl StoredMedia {
    /// Every blob that belongs to it.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        self.blob.into_iter().chain(self.preview.blobs())
    }

    /// Forgets every blob.
    pub fn clear(&mut self) {
        self.blob = None;
        self.preview.thumbnail = None;
        self.preview.animation = None;
    }

    /// Whether it carries a tag.
    #[must_use]
    pub fn is_tagged(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}
