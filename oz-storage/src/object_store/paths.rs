//! Which object is which blob: `PREFIX/OWNER/ID`, as in [`BlobKey`].

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

    /// Where uploads lie that have no name yet; no owner is called so.
    pub(super) fn unfinished(&self) -> Path {
        self.prefix.clone().join("unfinished")
    }

    pub(super) fn temporary(&self) -> Path {
        self.unfinished().join(Uuid::from_random_bits(u128::from_ne_bytes(random())).to_string())
    }
}

/// The blob that an object of an owner is; nothing when it is something else.
pub(super) fn key_of(owner: CompanyId, object: &Path) -> Option<BlobKey> {
    Some(BlobKey { owner, id: object.filename()?.parse().ok()? })
}
