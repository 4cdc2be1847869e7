//! Schema migration at start-up.

use oz_core::Result;

use super::{Columns as _, Connection, During as _, MIGRATIONS, Store, commit, lock, serialize};
use crate::sql::SchemaError;
use crate::sql::migration::Migration;

const MIGRATING: &str = "migrating the database schema";

/// Runs all pending migrations in one transaction. A lock makes concurrent callers wait for each other.
pub(crate) async fn migrate(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    serialize(&mut tx, lock::MIGRATION).await?;

    let found = version(&mut tx).await?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.number);
    if found > known {
        return Err(SchemaError::Newer { found, known }.into());
    }

    for migration in MIGRATIONS.iter().filter(|migration| migration.number > found) {
        run(&mut tx, migration).await?;
    }
    commit(tx).await
}

/// Number of the last migration that was applied; 0 for an empty database.
async fn version(connection: &mut Connection) -> Result<i64> {
    const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
    sqlx::query(TABLE).execute(&mut *connection).await.during(MIGRATING)?;
    let last = sqlx::query("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version");
    last.fetch_one(connection).await.during(MIGRATING)?.number("version")
}

async fn run(connection: &mut Connection, migration: &Migration) -> Result<()> {
    sqlx::raw_sql(migration.script).execute(&mut *connection).await.during(MIGRATING)?;
    let note = sqlx::query("INSERT INTO schema_version (version) VALUES ($1)").bind(migration.number);
    note.execute(connection).await.map(drop).during(MIGRATING)
}
