//! List of blobs to erase.
//!
//! The functions that take a connection are steps of the transactions that store and delete records.

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::BlobKey;
use oz_core::storage::port::ErasureList;
use oz_core::system::Timestamp;

use super::{Columns as _, Connection, During as _, Row, Selection, Store, count, end, scrub, time, uuid};

#[async_trait]
impl ErasureList for Store {
    async fn stage(&self, keys: &[BlobKey], due: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = stage(&mut tx, keys, due).await;
        end(done, tx).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<BlobKey>> {
        // Usually nothing is due; a read finds that out without waiting for writers.
        let mut first = Selection::new("SELECT id FROM erasure");
        first.and("due <= ").bind(time(now)).push(" LIMIT 1");
        if first.first(&mut *self.read().await?, READING, |_| Ok(())).await?.is_none() {
            return Ok(Vec::new());
        }

        let mut tx = self.begin().await?;
        let keys = hand_out(&mut tx, now, limit).await;
        end(keys, tx).await
    }

    async fn erased(&self, keys: &[BlobKey]) -> Result<()> {
        let mut tx = self.begin().await?;
        let steps = async {
            for key in keys {
                remove(&mut tx, *key).await?;
            }
            Ok(())
        };
        end(steps.await, tx).await
    }

    async fn scrub(&self) -> Result<()> {
        scrub(self).await
    }

    async fn staged(&self) -> Result<u64> {
        let counted = Selection::new("SELECT COUNT(*) AS count FROM erasure");
        counted.count(&mut *self.read().await?, "counting blobs to erase").await
    }

    async fn keys(&self) -> Result<Vec<BlobKey>> {
        let mut connection = self.read().await?;
        let rows = sqlx::query("SELECT owner, id FROM erasure").fetch_all(&mut *connection).await;
        let mut keys = rows.during(READING)?.iter().map(key).collect::<Result<Vec<_>>>()?;
        keys.sort();
        Ok(keys)
    }
}

const READING: &str = "reading the erasure list";
const TAKING: &str = "removing a blob from the erasure list";

/// Adds keys to the list. A key that is already listed keeps the earlier time.
pub(super) async fn stage(connection: &mut Connection, keys: &[BlobKey], due: Timestamp) -> Result<()> {
    for key in keys {
        let insert = sqlx::query(
            "INSERT INTO erasure (owner, id, due) VALUES ($1, $2, $3) ON CONFLICT (owner, id) DO UPDATE SET \
             due = CASE WHEN excluded.due < erasure.due THEN excluded.due ELSE erasure.due END",
        )
        .bind(uuid(key.owner.uuid()))
        .bind(uuid(key.id))
        .bind(time(due));
        insert.execute(&mut *connection).await.during("adding a blob to the erasure list")?;
    }
    Ok(())
}

/// Removes keys from the list because a record now refers to their blobs.
///
/// # Errors
/// `storage.conflict` when a key is not listed, or was returned as due.
pub(super) async fn unstage(connection: &mut Connection, keys: &[BlobKey]) -> Result<()> {
    for key in keys {
        if !take(connection, *key).await? {
            return Err(key.conflict());
        }
    }
    Ok(())
}

/// Like [`unstage`], but accepts keys that are not listed.
pub(super) async fn unstage_known(connection: &mut Connection, keys: &[BlobKey]) -> Result<()> {
    for key in keys {
        if !take(connection, *key).await? && is_listed(connection, *key).await? {
            return Err(key.conflict());
        }
    }
    Ok(())
}

/// Removes a key unless it was returned as due, and returns whether it was removed.
async fn take(connection: &mut Connection, key: BlobKey) -> Result<bool> {
    let delete = sqlx::query("DELETE FROM erasure WHERE owner = $1 AND id = $2 AND NOT given")
        .bind(uuid(key.owner.uuid()))
        .bind(uuid(key.id));
    Ok(delete.execute(connection).await.during(TAKING)?.rows_affected() > 0)
}

async fn is_listed(connection: &mut Connection, key: BlobKey) -> Result<bool> {
    let mut found = Selection::new("SELECT id FROM erasure");
    found.and("owner = ").bind(uuid(key.owner.uuid())).and("id = ").bind(uuid(key.id));
    Ok(found.first(connection, READING, |_| Ok(())).await?.is_some())
}

async fn remove(connection: &mut Connection, key: BlobKey) -> Result<()> {
    let delete = sqlx::query("DELETE FROM erasure WHERE owner = $1 AND id = $2")
        .bind(uuid(key.owner.uuid()))
        .bind(uuid(key.id));
    delete.execute(connection).await.map(drop).during(TAKING)
}

/// Marks due keys as given and returns them. From then on no record may refer to their blobs.
async fn hand_out(connection: &mut Connection, now: Timestamp, limit: usize) -> Result<Vec<BlobKey>> {
    let update = sqlx::query(
        "UPDATE erasure SET given = TRUE WHERE (owner, id) IN \
         (SELECT owner, id FROM erasure WHERE due <= $1 ORDER BY due, owner, id LIMIT $2) \
         RETURNING owner, id, due",
    )
    .bind(time(now))
    .bind(count(limit as u64));
    let rows = update.fetch_all(connection).await.during(READING)?;
    let mut due = rows.iter().map(entry).collect::<Result<Vec<_>>>()?;
    due.sort();
    Ok(due.into_iter().map(|(_, key)| key).collect())
}

fn entry(row: &Row) -> Result<(Timestamp, BlobKey)> {
    Ok((row.time("due")?, key(row)?))
}

fn key(row: &Row) -> Result<BlobKey> {
    Ok(BlobKey { owner: row.id("owner")?, id: row.id("id")? })
}
