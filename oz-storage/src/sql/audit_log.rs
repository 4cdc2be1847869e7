//! Audit trail.

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::port::AuditLog;
use oz_core::storage::{AuditEntry, AuditEvent};

use super::{
    Columns as _, Connection, During as _, Row, Selection, Store, count, end, json, lock, serialize,
};

#[async_trait]
impl AuditLog for Store {
    async fn append(&self, event: AuditEvent) -> Result<AuditEntry> {
        let mut tx = self.begin().await?;
        let steps = async {
            // An entry contains the digest of the one before it, so appends must not run concurrently.
            serialize(&mut tx, lock::AUDIT).await?;
            let previous = last(&mut tx).await?;
            let entry = AuditEntry::following(previous.as_ref(), event);
            insert(&mut tx, &entry).await?;
            Ok(entry)
        };
        end(steps.await, tx).await
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        let mut found = Selection::new("SELECT * FROM audit");
        found
            .and("sequence > ")
            .bind(count(after))
            .push(" ORDER BY sequence LIMIT ")
            .bind(count(limit as u64));
        found.records(&mut *self.read().await?, "reading the audit trail", entry).await
    }

    async fn last(&self) -> Result<Option<AuditEntry>> {
        last(&mut *self.read().await?).await
    }
}

async fn last(connection: &mut Connection) -> Result<Option<AuditEntry>> {
    let mut last = Selection::new("SELECT * FROM audit");
    last.push(" ORDER BY sequence DESC LIMIT 1");
    last.first(connection, "reading the audit trail", entry).await
}

async fn insert(connection: &mut Connection, entry: &AuditEntry) -> Result<()> {
    let insert = sqlx::query("INSERT INTO audit (sequence, event, previous, digest) VALUES ($1, $2, $3, $4)")
        .bind(count(entry.sequence))
        .bind(json(&entry.event)?)
        .bind(entry.previous.as_bytes().as_slice())
        .bind(entry.digest.as_bytes().as_slice());
    insert.execute(connection).await.map(drop).during("appending to the audit trail")
}

fn entry(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        sequence: row.number("sequence")?,
        event: row.json("event")?,
        previous: row.digest("previous")?,
        digest: row.digest("digest")?,
    })
}
