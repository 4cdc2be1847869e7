//! Opening of a database file.

use std::path::Path;
use std::time::{Duration, Instant};

use oz_core::{Error, Result};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};

use super::SqliteStore;
use super::body::migrate;
use crate::sql::StoreOptions;
use crate::sql::error::During as _;

/// Delay before opening is retried while another process opens the file.
const RETRY_DELAY: Duration = Duration::from_millis(20);

impl SqliteStore {
    /// Opens a database file, creates it if it does not exist, and migrates its schema.
    ///
    /// # Errors
    /// `storage.backend`, with a [`SchemaError`](crate::sql::SchemaError) as its source when the schema is
    /// newer than this program supports.
    pub async fn open(path: impl AsRef<Path>, options: StoreOptions) -> Result<Self> {
        let path = path.as_ref().to_owned();
        create_private(path.clone()).await?;

        // The busy timeout does not apply when two connections switch a new file to WAL at the same time, so
        // retry.
        let deadline = Instant::now() + options.patience;
        let writer = loop {
            let wal = connect_options(&path, &options).journal_mode(SqliteJournalMode::Wal);
            match pool(1, &options).connect_with(wal).await.during("opening the database") {
                Err(error) if error.is_retryable() && Instant::now() < deadline => {
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                opened => break opened?,
            }
        };

        let reading = connect_options(&path, &options).pragma("query_only", "ON");
        let readers = pool(options.connections.max(1), &options).connect_lazy_with(reading);

        let store = Self { writer, readers, path: Some(path), sealer: options.sealer };
        migrate(&store).await?;
        Ok(store)
    }

    /// Creates a database in memory, for tests. It is dropped with the last clone of the store.
    ///
    /// # Errors
    /// `storage.backend` when the database cannot be created.
    pub async fn in_memory(options: StoreOptions) -> Result<Self> {
        let connect =
            SqliteConnectOptions::new().in_memory(true).foreign_keys(true).disable_statement_logging();
        let only = pool(1, &options).connect_with(connect).await.during("opening the database")?;
        let store = Self { writer: only.clone(), readers: only, path: None, sealer: options.sealer };
        migrate(&store).await?;
        Ok(store)
    }
}

/// Options of a pool that never closes its connections: a database in memory is dropped with its connection,
/// and for a file there is no server that would drop an idle one.
fn pool(connections: u32, options: &StoreOptions) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.patience)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn connect_options(path: &Path, options: &StoreOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.patience)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// Creates the file, if it does not exist, so that only its owner can read it. SQLite gives its companion
/// files the same mode.
async fn create_private(path: std::path::PathBuf) -> Result<()> {
    let created = tokio::task::spawn_blocking(move || {
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(drop)
    });
    let failed = |source: std::io::Error| Error::backend("opening the database file", false, source);
    created.await.map_err(|source| failed(source.into()))?.map_err(failed)
}

/// Opens a connection outside of the pool, for long operations.
pub(super) async fn connect_separately(path: &Path, patience: Duration) -> Result<SqliteConnection> {
    let options = connect_options(path, &StoreOptions { patience, ..StoreOptions::default() });
    options.connect().await.during("opening a separate database connection")
}
