//! Folder records and changes to them.

use serde::{Deserialize, Serialize};

use super::{FolderState, NewGroup, StoredMedia};
use crate::account::UserId;
use crate::metadata::Metadata;
use crate::storage::NewJob;
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// ID of a folder.
    FolderId,
    "folder"
);

/// A folder: related media and their analyses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Unique ID.
    pub id: FolderId,
    /// Owning company.
    pub company: CompanyId,
    /// User who created the folder.
    pub owner: UserId,
    /// Status and verdict, derived from the analyses. Maintained by the repository.
    pub state: FolderState,
    /// Webhook URL called when all analyses have ended.
    pub endpoint: Option<String>,
    /// Custom attributes.
    pub metadata: Metadata,
    /// Whether the media were erased by retention. The record and the results remain.
    pub cleared: bool,
    /// Creation time.
    pub created: Timestamp,
    /// Time of the last change to the folder or any record in it.
    pub updated: Timestamp,
}

/// Initial content of a folder, stored atomically.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FolderContent {
    /// Media. Their blobs have been written and stay on the erasure list until the content is stored.
    pub media: Vec<StoredMedia>,
    /// Analyses to start.
    pub group: Option<NewGroup>,
    /// Further jobs, e.g. previews.
    pub jobs: Vec<NewJob>,
}

/// A change to a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderChange {
    /// Replacement for the custom attributes; unchanged when absent.
    pub metadata: Option<Metadata>,
    /// Replacement for the webhook URL; `Some(None)` removes it, `None` leaves it unchanged.
    pub endpoint: Option<Option<String>>,
}
