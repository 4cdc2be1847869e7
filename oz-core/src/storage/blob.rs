//! Names of stored media.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::system::{CompanyId, Uuid};

/// The name of a blob: whose it is and a generated id. Nothing that a user wrote gets into it, so it is safe as a path.
///
/// Displayed as `company/id`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobKey {
    /// The owner; encryption and erasure go by it.
    pub owner: CompanyId,
    /// Unique among all blobs.
    pub id: Uuid,
}

impl BlobKey {
    /// The error of reading a blob that is not stored.
    #[must_use]
    pub fn not_found(self) -> Error {
        Error::NotFound { what: format!("blob {self}") }
    }

    /// The error of writing a blob that exists.
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
