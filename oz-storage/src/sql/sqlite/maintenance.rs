//! What a file needs now and then.

use std::path::Path;

use oz_core::{Error, Result};
use sqlx::{AssertSqlSafe, Row as _};

use super::SqliteStore;
use super::open::separate;
use crate::sql::error::During as _;

impl SqliteStore {
    /// Writes everything into the main file and empties the write-ahead log, in which copies of deleted content may stand.
    ///
    /// # Errors
    /// `storage.backend`, retryable, when somebody reads an old state all the while.
    pub async fn compact(&self) -> Result<()> {
        const EMPTYING: &str = "emptying the write-ahead log";
        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        let row = checkpoint.fetch_one(&self.writer).await.during(EMPTYING)?;
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
        let own = match &self.path {
            Some(path) => separate(path).await?,
            None => self.writer.clone(),
        };
        let copy = sqlx::query(AssertSqlSafe("VACUUM INTO $1")).bind(name);
        copy.execute(&own).await.during("copying the database")?;
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
