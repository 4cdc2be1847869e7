//! What the body of SQL needs to know about SQLite.

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

/// In the order of their numbers.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, script: include_str!("../../../migrations/sqlite/0001_tables.sql") },
    Migration { number: 2, script: include_str!("../../../migrations/sqlite/0002_folder_owner.sql") },
];

/// Locks the rows that are read: here the transaction holds the lock of the whole database already.
macro_rules! for_update {
    ($select:literal) => {
        $select
    };
}

/// As `for_update`, passing over rows that others hold.
macro_rules! for_update_of_free {
    ($select:literal) => {
        $select
    };
}
pub(super) use {for_update, for_update_of_free};

/// Accounts, folders, collections, telemetry, jobs, the audit trail and the erasure list in an SQLite file.
///
/// Cheap to clone. Several processes may use one file; one of them writes at a time. A commit is on the disk when it is
/// acknowledged (WAL, `synchronous = FULL`); deleted content is overwritten (`secure_delete`), and [`SqliteStore::compact`]
/// removes the copies of it in the write-ahead log.
#[derive(Clone)]
pub struct SqliteStore {
    pub(super) writer: SqlitePool,
    /// The writer itself for a database in memory, which has one connection only.
    pub(super) readers: SqlitePool,
    /// None for a database in memory.
    pub(super) path: Option<PathBuf>,
    pub(super) sealer: Option<Sealer>,
}

impl SqliteStore {
    /// A transaction that writes. It waits for the one before it, so that what it reads stays true until it ends.
    pub(super) async fn begin(&self) -> Result<Tx> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.during("beginning a transaction")
    }

    /// A connection for one statement that reads.
    pub(super) async fn read(&self) -> Result<PoolConnection<Sqlite>> {
        self.readers.acquire().await.during("reaching the database")
    }

    /// Several statements that read one state of the database.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        self.readers.begin().await.during("beginning to read")
    }

    pub(super) fn sealer(&self) -> Option<&Sealer> {
        self.sealer.as_ref()
    }

    /// Where the database is; none for one in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// Lets one transaction at a time go on from here: here there is one at a time.
pub(super) async fn alone(_connection: &mut Connection, _lock: i64) -> Result<()> {
    Ok(())
}

/// Removes copies of what was deleted.
pub(super) async fn scrub(store: &Store) -> Result<()> {
    store.compact().await
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.path.as_ref().map_or("in memory".into(), |path| path.display().to_string());
        write!(f, "SqliteStore({place})")
    }
}
