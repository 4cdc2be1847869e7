//! Maintenance of a database file.

use std::path::Path;
use std::time::Duration;

use oz_core::{Error, Result};
use sqlx::Row as _;

use super::SqliteStore;
use super::open::connect_separately;
use crate::sql::error::During as _;

/// Maximum time that [`SqliteStore::compact`] waits for readers.
const COMPACT_PATIENCE: Duration = Duration::from_millis(500);
/// Maximum time that [`SqliteStore::backup_to`] waits for a lock.
const BACKUP_PATIENCE: Duration = Duration::from_secs(10);

impl SqliteStore {
    /// Moves the write-ahead log into the main file and truncates it, which removes copies of deleted
    /// content. Blocks writers, so it waits at most 0.5 seconds for readers.
    ///
    /// # Errors
    /// `storage.backend`, retryable, while a reader (for example a backup) uses an old snapshot.
    pub async fn compact(&self) -> Result<()> {
        const EMPTYING: &str = "emptying the write-ahead log";
        let Some(path) = &self.path else { return Ok(()) };
        let mut own = connect_separately(path, COMPACT_PATIENCE).await?;

        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        let row = checkpoint.fetch_one(&mut own).await.during(EMPTYING)?;
        match row.try_get::<i64, _>(0).during(EMPTYING)? {
            0 => Ok(()),
            _ => Err(Error::Backend { operation: EMPTYING.into(), retryable: true, source: None }),
        }
    }

    /// Writes a consistent copy to a new file without blocking other operations. The copy contains no deleted
    /// content.
    ///
    /// # Errors
    /// `storage.conflict` when the file exists; `storage.backend` when copying fails.
    pub async fn backup_to(&self, path: impl AsRef<Path>) -> Result<()> {
        let target = path.as_ref().to_owned();
        let name = target.display().to_string();
        if tokio::fs::try_exists(&target).await.unwrap_or(true) {
            return Err(Error::Conflict { what: format!("the file {name}") });
        }

        let copy = sqlx::query("VACUUM INTO $1").bind(name);
        let copied = match &self.path {
            Some(path) => copy.execute(&mut connect_separately(path, BACKUP_PATIENCE).await?).await,
            None => copy.execute(&self.writer).await,
        };
        copied.during("copying the database")?;

        let file = tokio::fs::File::open(&target).await.map_err(unsynced)?;
        file.sync_all().await.map_err(unsynced)
    }

    /// Moves the write-ahead log into the main file and closes all connections. Every later operation fails,
    /// on clones of this store too.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn unsynced(source: std::io::Error) -> Error {
    Error::backend("syncing the copy of the database", false, source)
}
