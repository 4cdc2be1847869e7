//! SQLite types and statements used by the shared SQL.

use std::fmt;
use std::path::{Path, PathBuf};

use oz_core::Result;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{Sqlite, Transaction};

use crate::layer::Sealer;
use crate::sql::error::During as _;
use crate::sql::migration::Migration;

pub(super) type Db = Sqlite;
pub(super) type Row = SqliteRow;
pub(super) type Connection = SqliteConnection;
pub(super) type Store = SqliteStore;
pub(super) type Tx = Transaction<'static, Sqlite>;

/// Migrations in ascending order.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, script: include_str!("../../../migrations/sqlite/0001_tables.sql") },
    Migration { number: 2, script: include_str!("../../../migrations/sqlite/0002_folder_owner.sql") },
];

/// Locks the selected rows. A no-op on SQLite, where a writing transaction locks the whole database.
macro_rules! for_update {
    ($select:literal) => {
        $select
    };
}

/// Like `for_update`, but skips rows locked by other transactions.
macro_rules! for_update_of_free {
    ($select:literal) => {
        $select
    };
}
pub(super) use {for_update, for_update_of_free};

/// Store of accounts, folders, collections, telemetry, jobs, the audit trail and the erasure list in an
/// SQLite file.
///
/// Cheap to clone. Several processes may use one file; one of them writes at a time. A commit is on the disk
/// when it is acknowledged (WAL, `synchronous = FULL`). Deleted content is overwritten (`secure_delete`), and
/// [`SqliteStore::compact`] removes its copies from the write-ahead log.
#[derive(Clone)]
pub struct SqliteStore {
    pub(super) writer: SqlitePool,
    /// Equal to `writer` for a database in memory, which has only one connection.
    pub(super) readers: SqlitePool,
    /// Path of the file; `None` for a database in memory.
    pub(super) path: Option<PathBuf>,
    pub(super) sealer: Option<Sealer>,
}

impl SqliteStore {
    /// Begins a transaction that writes. It waits for the previous one, so its reads stay valid until it
    /// ends.
    pub(super) async fn begin(&self) -> Result<Tx> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.during("beginning a transaction")
    }

    /// Acquires a connection for one reading statement.
    pub(super) async fn read(&self) -> Result<PoolConnection<Sqlite>> {
        self.readers.acquire().await.during("acquiring a database connection")
    }

    /// Begins a transaction whose statements all read one snapshot.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        self.readers.begin().await.during("beginning a snapshot")
    }

    pub(super) fn sealer(&self) -> Option<&Sealer> {
        self.sealer.as_ref()
    }

    /// Path of the database file; `None` for a database in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// Does nothing: writing transactions of SQLite already run one after another.
pub(super) async fn serialize(_connection: &mut Connection, _lock: i64) -> Result<()> {
    Ok(())
}

/// Removes copies of deleted content from the write-ahead log.
pub(super) async fn scrub(store: &Store) -> Result<()> {
    store.compact().await
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.path.as_ref().map_or("in memory".into(), |path| path.display().to_string());
        write!(f, "SqliteStore({place})")
    }
}
