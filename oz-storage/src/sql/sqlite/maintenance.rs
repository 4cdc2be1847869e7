//! What a file needs now and then.

use std::path::Path;
use std::time::Duration;

use oz_core::{Error, Result};
use sqlx::Row as _;

use super::SqliteStore;
use super::open::separate;
use crate::sql::error::During as _;

/// How long a checkpoint waits for those who read.
const SOON: Duration = Duration::from_millis(500);
/// How long a backup waits for a checkpoint.
const LATE: Duration = Duration::from_secs(10);

impl SqliteStore {
    /// Writes everything into the main file and empties the write-ahead log, in which copies of deleted content may stand.
    /// Those who write wait meanwhile, so it is given up soon.
    ///
    /// # Errors
    /// `storage.backend`, retryable, when somebody reads an old state, e.g. for a backup.
    pub async fn compact(&self) -> Result<()> {
        const EMPTYING: &str = "emptying the write-ahead log";
        let Some(path) = &self.path else { return Ok(()) };
        let mut own = separate(path, SOON).await?;
        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        let row = checkpoint.fetch_one(&mut own).await.during(EMPTYING)?;
        match row.try_get::<i64, _>(0).during(EMPTYING)? {
            0 => Ok(()),
            _ => Err(Error::Backend { operation: EMPTYING.into(), retryable: true, source: None }),
        }
    }

    /// Writes a copy into a new file, as of one moment, while work goes on. Nothing that was deleted is in it.
    ///
    /// # Errors
    /// `storage.conflict` when the file exists; `storage.backend`.
    pub async fn backup_to(&self, path: impl AsRef<Path>) -> Result<()> {
        let target = path.as_ref().to_owned();
        let name = target.display().to_string();
        if tokio::fs::try_exists(&target).await.unwrap_or(true) {
            return Err(Error::Conflict { what: format!("the file {name}") });
        }
        let copy = sqlx::query("VACUUM INTO $1").bind(name);
        let copied = match &self.path {
            Some(path) => copy.execute(&mut separate(path, LATE).await?).await,
            None => copy.execute(&self.writer).await,
        };
        copied.during("copying the database")?;
        let file = tokio::fs::File::open(&target).await.map_err(unsynced)?;
        file.sync_all().await.map_err(unsynced)
    }

    /// Writes the log into the main file and closes all connections; handles that are left fail from now on.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn unsynced(source: std::io::Error) -> Error {
    Error::backend("making the copy of the database durable", false, source)
}
