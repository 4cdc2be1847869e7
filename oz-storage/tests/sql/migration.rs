//! Versions of the tables.

use std::error::Error as _;

use oz_core::Error;
use oz_storage::sql::{PostgresStore, SchemaError, SqliteStore, StoreOptions};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::support::{Files, connect, open, schema, wait};

const FUTURE: &str = "INSERT INTO schema_version (version) VALUES (1000)";

fn check(refused: &Error) {
    assert_eq!((refused.code(), refused.is_retryable()), ("storage.backend", false));
    let source = refused.source().unwrap().downcast_ref::<SchemaError>().unwrap();
    assert!(matches!(source, SchemaError::Newer { found: 1000, known: 1.. }), "{source}");
}

#[test]
fn a_newer_database_is_refused_by_sqlite() {
    let files = Files::new();
    let path = files.path();
    drop(open(&path));
    drop(open(&path));
    wait(async {
        let mut own = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        sqlx::query(FUTURE).execute(&mut own).await.unwrap();
        check(&SqliteStore::open(&path, StoreOptions::default()).await.unwrap_err());
    });
}

#[test]
fn a_newer_database_is_refused_by_postgres() {
    let Some(url) = schema("a newer database is refused") else { return };
    drop(connect(&url));
    drop(connect(&url));
    wait(async {
        let mut own = PgConnection::connect(&url).await.unwrap();
        sqlx::query(FUTURE).execute(&mut own).await.unwrap();
        check(&PostgresStore::connect(&url, StoreOptions::default()).await.unwrap_err());
    });
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let files = Files::new();
    let path = files.path();
    std::fs::write(&path, "not a database".repeat(1_000)).unwrap();
    let refused = wait(SqliteStore::open(&path, StoreOptions::default())).unwrap_err();
    assert_eq!((refused.code(), refused.is_retryable()), ("storage.backend", false));
}

/// Both folders have the same numbers, and the tables the same columns in the same order.
#[test]
fn both_engines_have_the_same_tables() {
    let sqlite = include_str!("../../migrations/sqlite/0001_tables.sql");
    let postgres = include_str!("../../migrations/postgres/0001_tables.sql");
    assert_eq!(names(sqlite), names(postgres));
    assert!(names(sqlite).len() > 100);
}

/// The first words of every line in a statement.
fn names(script: &str) -> Vec<String> {
    let lines =
        script.lines().map(str::trim).filter(|line| !line.starts_with("--") && !line.starts_with(')'));
    lines.map(|line| line.split([' ', ',']).next().unwrap_or_default().to_owned()).collect()
}
