//! Fresh databases for tests.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use oz_conformance::left_out;
use oz_core::system::{Timestamp, Uuid};
use oz_storage::sql::{PostgresStore, SqliteStore, StoreOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::server::Server;

/// Shared by all tests, because a connection must stay on the executor that created it.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}

pub(crate) fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

/// Temporary folder for database files, removed when dropped.
pub(crate) struct Files {
    folder: TempDir,
    next: AtomicU32,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), next: AtomicU32::new(0) }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join(format!("{}.sqlite", self.next.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) fn open(&self) -> SqliteStore {
        open(&self.path())
    }

    /// Whether any file contains the bytes.
    pub(crate) fn contain(&self, bytes: &[u8]) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|content| content.windows(bytes.len()).any(|window| window == bytes))
    }
}

pub(crate) fn open(path: &std::path::Path) -> SqliteStore {
    wait(SqliteStore::open(path, StoreOptions::default())).unwrap()
}

pub(crate) fn in_memory() -> SqliteStore {
    wait(SqliteStore::in_memory(StoreOptions::default())).unwrap()
}

/// Returns the address of an empty schema, or reports the test as left out if there is no server.
pub(crate) fn schema(test: &str) -> Option<String> {
    match Server::shared() {
        Ok(server) => Some(wait(make_schema(server))),
        Err(reason) => {
            left_out(format_args!("{test} on PostgreSQL"), reason);
            None
        }
    }
}

async fn make_schema(server: &Server) -> String {
    let (url, name) = server.fresh_schema();
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    url
}

pub(crate) fn connect(url: &str) -> PostgresStore {
    wait(PostgresStore::connect(url, StoreOptions::default())).unwrap()
}
