//! Object paths of blobs: `PREFIX/OWNER/ID`, owner and ID as in [`BlobKey`].

use object_store::path::Path;
use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Uuid};

use crate::system::random;

#[derive(Debug, Clone)]
pub(super) struct Paths {
    prefix: Path,
}

impl Paths {
    pub(super) fn new(prefix: Path) -> Self {
        Self { prefix }
    }

    pub(super) fn owner(&self, owner: CompanyId) -> Path {
        self.prefix.clone().join(owner.to_string())
    }

    pub(super) fn blob(&self, key: BlobKey) -> Path {
        self.owner(key.owner).join(key.id.to_string())
    }

    /// Folder for uploads without a final name. An owner's folder is named by a UUID, so the names cannot
    /// collide.
    pub(super) fn unfinished(&self) -> Path {
        self.prefix.clone().join("unfinished")
    }

    pub(super) fn temporary(&self) -> Path {
        self.unfinished().join(Uuid::from_random_bits(u128::from_ne_bytes(random())).to_string())
    }
}

/// Key of the blob in an object; `None` if the object is not a blob.
pub(super) fn key_of(owner: CompanyId, object: &Path) -> Option<BlobKey> {
    Some(BlobKey { owner, id: object.filename()?.parse().ok()? })
}
