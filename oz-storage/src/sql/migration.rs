//! Which changes to the tables there are.

use oz_core::Error;

/// A change to the tables. Never changed once it was released.
#[derive(Debug)]
pub(super) struct Migration {
    /// From 1, without gaps.
    pub(super) number: i64,
    /// Statements.
    pub(super) script: &'static str,
}

/// Why a database cannot be used; the source of a `storage.backend`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A newer version of the program has changed the tables. They are never changed back.
    #[error("the database has tables of version {found}, this program knows up to {known}; use a newer one")]
    Newer {
        /// What the database has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The server is too old.
    #[error("the server is PostgreSQL {found}, at least {needed} is needed")]
    OldServer {
        /// Major version.
        found: i64,
        /// Major version.
        needed: i64,
    },
}

impl From<SchemaError> for Error {
    fn from(error: SchemaError) -> Self {
        Self::backend("opening the database", false, error)
    }
}
