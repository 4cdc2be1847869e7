//! Opening a file.

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

/// How long to wait before a file that somebody else is opening is tried again.
const PAUSE: Duration = Duration::from_millis(20);

impl SqliteStore {
    /// Opens the database in a file, and makes it, or brings its tables up to date, if need be.
    ///
    /// # Errors
    /// `storage.backend`, with a [`SchemaError`](crate::sql::SchemaError) as its source when the tables are newer.
    pub async fn open(path: impl AsRef<Path>, options: StoreOptions) -> Result<Self> {
        let path = path.as_ref().to_owned();
        create_private(path.clone()).await?;
        let deadline = Instant::now() + options.patience;
        // Two that switch one new file to WAL at the same time do not wait for each other, whatever the timeout.
        let writer = loop {
            let wal = connect_options(&path, &options).journal_mode(SqliteJournalMode::Wal);
            match pool(1, &options).connect_with(wal).await.during("opening the database") {
                Err(error) if error.is_retryable() && Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE).await;
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

    /// A database that ends with its last handle: for tests.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn in_memory(options: StoreOptions) -> Result<Self> {
        let connect =
            SqliteConnectOptions::new().in_memory(true).foreign_keys(true).disable_statement_logging();
        let only = pool(1, &options).connect_with(connect).await.during("opening the database")?;
        let store = Self { writer: only.clone(), readers: only, path: None, sealer: options.sealer };
        migrate(&store).await?;
        Ok(store)
    }
}

/// Connections stay open: a database in memory ends with its connection, and a file is not a server that forgets them.
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

/// Makes the file, if it is absent, so that nobody but its owner can read it; SQLite gives its companions the same mode.
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

/// A connection of its own, for what would keep the pool waiting.
pub(super) async fn separate(path: &Path, patience: Duration) -> Result<SqliteConnection> {
    let options = connect_options(path, &StoreOptions { patience, ..StoreOptions::default() });
    options.connect().await.during("opening the database once more")
}
