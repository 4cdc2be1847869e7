//! The body of SQL, compiled for each engine.
//!
//! What is in here knows the engine by the names below only. A function that takes a [`Connection`] is a step of its
//! caller's transaction; so jobs and erasures take part in the transactions of others.

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
    Connection, Db, MIGRATIONS, Row, Store, Tx, alone, for_update, for_update_of_free, scrub,
};
use crate::sql::error::{During, lacks_parent};
use row::{Columns, count, json, micros, text, time, uuid};
use selection::Selection;

/// Numbers of locks that transactions take to be alone with something (see `alone`).
mod lock {
    /// Changing the tables.
    pub(super) const MIGRATION: i64 = 0x6f7a_0001;
    /// Adding to the audit trail.
    pub(super) const AUDIT: i64 = 0x6f7a_0002;
    /// Deleting references to pictures.
    pub(super) const PICTURES: i64 = 0x6f7a_0003;
}

/// Makes what a transaction did permanent.
async fn commit(tx: Tx) -> oz_core::Result<()> {
    tx.commit().await.during("committing a transaction")
}

/// Ends a transaction by what its steps came to. What failed is undone before it is answered: a transaction that is dropped
/// holds its locks until the server hears of it, and meanwhile others pass over what it locked.
async fn end<T>(outcome: oz_core::Result<T>, tx: Tx) -> oz_core::Result<T> {
    match outcome {
        Ok(answer) => commit(tx).await.map(|()| answer),
        Err(error) => {
            // If even that fails, the connection goes, and the locks with it.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

impl Store {
    /// Whether the database answers.
    ///
    /// # Errors
    /// `storage.backend`.
    pub async fn ping(&self) -> oz_core::Result<()> {
        let mut connection = self.read().await?;
        sqlx::query("SELECT 1").execute(&mut *connection).await.map(drop).during("asking for a sign of life")
    }
}
