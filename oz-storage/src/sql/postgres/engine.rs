//! PostgreSQL types and statements used by the shared SQL.

use std::fmt;

use oz_core::Result;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{Postgres, Transaction};

use crate::layer::Sealer;
use crate::sql::error::During as _;
use crate::sql::migration::Migration;

pub(super) type Db = Postgres;
pub(super) type Row = PgRow;
pub(super) type Connection = PgConnection;
pub(super) type Store = PostgresStore;
pub(super) type Tx = Transaction<'static, Postgres>;

/// Migrations in ascending order.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, script: include_str!("../../../migrations/postgres/0001_tables.sql") },
    Migration { number: 2, script: include_str!("../../../migrations/postgres/0002_folder_owner.sql") },
];

/// Locks the selected rows.
macro_rules! for_update {
    ($select:literal) => {
        concat!($select, " FOR UPDATE")
    };
}

/// Like `for_update`, but skips rows locked by other transactions.
macro_rules! for_update_of_free {
    ($select:literal) => {
        concat!($select, " FOR UPDATE SKIP LOCKED")
    };
}
pub(super) use {for_update, for_update_of_free};

/// Store of accounts, folders, collections, telemetry, jobs, the audit trail and the erasure list on a
/// PostgreSQL server.
///
/// Cheap to clone. Durability of commits depends on the server settings `fsync` and `synchronous_commit`,
/// both on by default.
#[derive(Clone)]
pub struct PostgresStore {
    pub(super) pool: PgPool,
    pub(super) sealer: Option<Sealer>,
}

impl PostgresStore {
    /// Begins a transaction that writes.
    pub(super) async fn begin(&self) -> Result<Tx> {
        self.pool.begin().await.during("beginning a transaction")
    }

    /// Acquires a connection for one reading statement.
    pub(super) async fn read(&self) -> Result<PoolConnection<Postgres>> {
        self.pool.acquire().await.during("acquiring a database connection")
    }

    /// Begins a transaction whose statements all read one snapshot.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.pool.begin_with(BEGIN).await.during("beginning a snapshot")
    }

    pub(super) fn sealer(&self) -> Option<&Sealer> {
        self.sealer.as_ref()
    }
}

/// Takes a lock until the transaction ends, so that transactions with the same lock run one after another.
pub(super) async fn serialize(connection: &mut Connection, lock: i64) -> Result<()> {
    let locking = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock).execute(connection);
    locking.await.map(drop).during("waiting for a lock")
}

/// Does nothing: the server removes deleted rows when it vacuums.
pub(super) async fn scrub(_store: &Store) -> Result<()> {
    Ok(())
}

impl fmt::Debug for PostgresStore {
    /// Shows the location without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.pool.connect_options();
        let (host, port) = (options.get_host(), options.get_port());
        write!(f, "PostgresStore({} at {host}:{port})", options.get_database().unwrap_or_default())
    }
}
