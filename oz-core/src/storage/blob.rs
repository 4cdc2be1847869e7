//! Keys of stored blobs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::system::{CompanyId, Uuid};

/// Key of a blob: the owning company and a generated ID. Contains no user input, so it is safe to use as a
/// path.
///
/// Displayed as `company/id`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobKey {
    /// Owning company. Selects the encryption key and the unit of erasure.
    pub owner: CompanyId,
    /// ID, unique among all blobs.
    pub id: Uuid,
}

impl BlobKey {
    /// Error for reading an absent blob, `storage.not_found`.
    #[must_use]
    pub fn not_found(self) -> Error {
        Error::NotFound { what: format!("blob {self}") }
    }

    /// Error for writing an existing blob, `storage.conflict`.
    #[must_use]
    pub fn conflict(self) -> Error {
        Error::Conflict { what: format!("blob {self}") }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.id)
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blob {self}")
    }
}
