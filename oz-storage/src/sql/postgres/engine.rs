//! What the body of SQL needs to know about PostgreSQL.

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

/// In the order of their numbers.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, script: include_str!("../../../migrations/postgres/0001_tables.sql") },
    Migration { number: 2, script: include_str!("../../../migrations/postgres/0002_folder_owner.sql") },
];

/// Locks the rows that are read.
macro_rules! for_update {
    ($select:literal) => {
        concat!($select, " FOR UPDATE")
    };
}

/// As `for_update`, passing over rows that others hold.
macro_rules! for_update_of_free {
    ($select:literal) => {
        concat!($select, " FOR UPDATE SKIP LOCKED")
    };
}
pub(super) use {for_update, for_update_of_free};

/// Accounts, folders, collections, telemetry, jobs, the audit trail and the erasure list on a PostgreSQL server.
///
/// Cheap to clone. A commit is as durable as the server makes it (`fsync` and `synchronous_commit`, both on by default).
#[derive(Clone)]
pub struct PostgresStore {
    pub(super) pool: PgPool,
    pub(super) sealer: Option<Sealer>,
}

impl PostgresStore {
    /// A transaction that writes.
    pub(super) async fn begin(&self) -> Result<Tx> {
        self.pool.begin().await.during("beginning a transaction")
    }

    /// A connection for one statement that reads.
    pub(super) async fn read(&self) -> Result<PoolConnection<Postgres>> {
        self.pool.acquire().await.during("reaching the database")
    }

    /// Several statements that read one state of the database.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.pool.begin_with(BEGIN).await.during("beginning to read")
    }

    pub(super) fn sealer(&self) -> Option<&Sealer> {
        self.sealer.as_ref()
    }
}

/// Lets one transaction at a time go on from here.
pub(super) async fn alone(connection: &mut Connection, lock: i64) -> Result<()> {
    let locking = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock).execute(connection);
    locking.await.map(drop).during("waiting for a lock")
}

/// Nothing to do: deleted rows are the server's, which removes them when it vacuums.
pub(super) async fn scrub(_store: &Store) -> Result<()> {
    Ok(())
}

impl fmt::Debug for PostgresStore {
    /// Shows where it is, and no credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.pool.connect_options();
        let (host, port) = (options.get_host(), options.get_port());
        write!(f, "PostgresStore({} at {host}:{port})", options.get_database().unwrap_or_default())
    }
}
