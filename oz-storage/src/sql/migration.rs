//! Schema migrations and schema errors.

use oz_core::Error;

/// Change of the schema. Its statements never change after a release.
#[derive(Debug)]
pub(super) struct Migration {
    /// Schema version after the migration: from 1, without gaps.
    pub(super) number: i64,
    /// SQL statements.
    pub(super) script: &'static str,
}

/// Reason for refusing a database, the source of a `storage.backend` error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The schema was migrated by a newer version of the program. There are no downgrades.
    #[error(
        "the database has schema version {found}, this program supports up to {known}: use a newer program"
    )]
    Newer {
        /// Schema version of the database.
        found: i64,
        /// Latest schema version supported by this program.
        known: i64,
    },
    /// The server is too old.
    #[error("the server is PostgreSQL {found}, but at least {needed} is required")]
    OldServer {
        /// Major version of the server.
        found: i64,
        /// Oldest supported major version.
        needed: i64,
    },
}

impl From<SchemaError> for Error {
    fn from(error: SchemaError) -> Self {
        Self::backend("opening the database", false, error)
    }
}
