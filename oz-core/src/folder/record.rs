//! A folder and what comes with it.

use serde::{Deserialize, Serialize};

use super::{FolderState, NewGroup, StoredMedia};
use crate::account::UserId;
use crate::metadata::Metadata;
use crate::storage::NewJob;
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// Names a folder.
    FolderId,
    "folder"
);

/// Media of one case, and the analyses of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Unique name.
    pub id: FolderId,
    /// Whose it is.
    pub company: CompanyId,
    /// Who made it.
    pub owner: UserId,
    /// How far its analyses are, and what came of them. Kept by the repository.
    pub state: FolderState,
    /// Where to tell when all analyses are done.
    pub endpoint: Option<String>,
    /// Free attributes.
    pub metadata: Metadata,
    /// Whether its media were erased by retention; the record and the results stay.
    pub cleared: bool,
    /// When it was created.
    pub created: Timestamp,
    /// When it, or anything in it, was changed last.
    pub updated: Timestamp,
}

/// What a folder begins with; stored whole or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FolderContent {
    /// Media; their blobs are written, and on the erasure list until this is stored.
    pub media: Vec<StoredMedia>,
    /// Analyses to start.
    pub group: Option<NewGroup>,
    /// Further work, e.g. previews.
    pub jobs: Vec<NewJob>,
}

/// A change to a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderChange {
    /// New attributes in place of the old.
    pub metadata: Option<Metadata>,
    /// New address to tell, or none.
    pub endpoint: Option<Option<String>>,
}
