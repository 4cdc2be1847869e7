//! SQL shared by both engines, compiled for each.
//!
//! The modules below refer to the engine only by the names imported here. A function that takes a
//! [`Connection`] is a step of its caller's transaction, so that changes of jobs and erasures commit with the
//! records they belong to.

mod account;
mod audit_log;
mod collection;
mod erasure_list;
mod event_session;
mod folder;
mod job_queue;
mod migrate;
mod row;
mod selection;

pub(super) use migrate::migrate;

use super::engine::{
    Connection, Db, MIGRATIONS, Row, Store, Tx, for_update, for_update_of_free, scrub, serialize,
};
use crate::sql::error::{During, lacks_parent};
use row::{Columns, count, json, micros, text, time, uuid};
use selection::Selection;

/// Numbers of the locks that serialise transactions (see `serialize`).
mod lock {
    /// Migrating the schema.
    pub(super) const MIGRATION: i64 = 0x6f7a_0001;
    /// Appending to the audit trail.
    pub(super) const AUDIT: i64 = 0x6f7a_0002;
    /// Deleting references to images.
    pub(super) const IMAGES: i64 = 0x6f7a_0003;
}

/// Commits a transaction.
async fn commit(tx: Tx) -> oz_core::Result<()> {
    tx.commit().await.during("committing a transaction")
}

/// Commits a transaction if its steps succeeded, and rolls it back otherwise. The rollback is awaited,
/// because a dropped transaction holds its locks until the server processes the rollback, and until then
/// others skip the locked rows.
async fn end<T>(outcome: oz_core::Result<T>, tx: Tx) -> oz_core::Result<T> {
    match outcome {
        Ok(answer) => commit(tx).await.map(|()| answer),
        Err(error) => {
            // If the rollback fails, the connection is closed, which releases the locks.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

impl Store {
    /// Checks that the database responds.
    ///
    /// # Errors
    /// `storage.backend` when it does not.
    pub async fn ping(&self) -> oz_core::Result<()> {
        let mut connection = self.read().await?;
        sqlx::query("SELECT 1").execute(&mut *connection).await.map(drop).during("pinging the database")
    }
}
