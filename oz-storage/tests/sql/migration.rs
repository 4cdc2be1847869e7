//! Schema migrations.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fs::DirEntry;
use std::path::Path;

use oz_core::Error;
use oz_core::account::Scope;
use oz_core::account::port::AccountRepository;
use oz_core::system::CompanyId;
use oz_storage::sql::{PostgresStore, SchemaError, SqliteStore, StoreOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::support::{Files, connect, id, open, schema, wait};

const FUTURE: &str = "INSERT INTO schema_version (version) VALUES (1000)";

fn check(refused: &Error) {
    assert_eq!((refused.code(), refused.is_retryable()), ("storage.backend", false));
    let source = refused.source().unwrap().downcast_ref::<SchemaError>().unwrap();
    assert!(matches!(source, SchemaError::Newer { found: 1000, known: 1.. }), "{source}");
}

#[test]
fn newer_schema_is_refused_by_sqlite() {
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
fn newer_schema_is_refused_by_postgres() {
    let Some(url) = schema("newer schema is refused") else { return };
    drop(connect(&url));
    drop(connect(&url));
    wait(async {
        let mut own = PgConnection::connect(&url).await.unwrap();
        sqlx::query(FUTURE).execute(&mut own).await.unwrap();
        check(&PostgresStore::connect(&url, StoreOptions::default()).await.unwrap_err());
    });
}

#[test]
fn file_that_is_not_a_database_is_refused() {
    let files = Files::new();
    let path = files.path();
    std::fs::write(&path, "not a database".repeat(1_000)).unwrap();
    let refused = wait(SqliteStore::open(&path, StoreOptions::default())).unwrap_err();
    assert_eq!((refused.code(), refused.is_retryable()), ("storage.backend", false));
}

/// State of the schema table after the first version of the program.
const FIRST: &str =
    "CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (1);";
const INSERT_COMPANY: &str = "INSERT INTO company (id, name, name_key, metadata, created, updated) ";

#[test]
fn migration_keeps_the_data_on_sqlite() {
    let files = Files::new();
    let path = files.path();
    wait(async {
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut own = SqliteConnection::connect_with(&options).await.unwrap();
        let first = include_str!("../../migrations/sqlite/0001_tables.sql");
        sqlx::raw_sql(AssertSqlSafe(format!("{FIRST}{first}"))).execute(&mut own).await.unwrap();
        let values = "VALUES (zeroblob(16), 'Old', 'old', '{}', 1, 1)";
        sqlx::raw_sql(AssertSqlSafe(format!("{INSERT_COMPANY}{values}"))).execute(&mut own).await.unwrap();
        own.close().await.unwrap();
        let store = SqliteStore::open(&path, StoreOptions::default()).await.unwrap();
        check_kept(&store).await;
        let mut own = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        assert_eq!(sqlx::query_scalar::<_, i64>(VERSION).fetch_one(&mut own).await.unwrap(), newest());
    });
}

#[test]
fn migration_keeps_the_data_on_postgres() {
    let Some(url) = schema("migration keeps the data") else { return };
    wait(async {
        let mut own = PgConnection::connect(&url).await.unwrap();
        let first = include_str!("../../migrations/postgres/0001_tables.sql");
        sqlx::raw_sql(AssertSqlSafe(format!("{FIRST}{first}"))).execute(&mut own).await.unwrap();
        let values = "VALUES ('00000000-0000-0000-0000-000000000000', 'Old', 'old', '{}', 1, 1)";
        sqlx::raw_sql(AssertSqlSafe(format!("{INSERT_COMPANY}{values}"))).execute(&mut own).await.unwrap();
        let store = PostgresStore::connect(&url, StoreOptions::default()).await.unwrap();
        check_kept(&store).await;
        assert_eq!(sqlx::query_scalar::<_, i64>(VERSION).fetch_one(&mut own).await.unwrap(), newest());
    });
}

const VERSION: &str = "SELECT MAX(version) FROM schema_version";

async fn check_kept(store: &dyn AccountRepository) {
    let old: CompanyId = id(0);
    assert_eq!(store.company(&Scope::Everything, old).await.unwrap().name, "Old");
}

/// Number of the last migration file.
fn newest() -> i64 {
    let (name, _) = scripts("sqlite").pop_last().unwrap();
    name.split('_').next().unwrap().parse().unwrap()
}

/// Both engines have the same migration files, with the same columns in the same order and the same indexes.
#[test]
fn both_engines_have_the_same_tables() {
    let [sqlite, postgres] = ["sqlite", "postgres"].map(scripts);
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (file, script) in &sqlite {
        assert_eq!(names(script), names(&postgres[file]), "{file}");
        assert_eq!(indexes(script), indexes(&postgres[file]), "{file}");
    }
    assert!(names(&sqlite["0001_tables.sql"]).len() > 100);
}

/// Migration files of an engine: content by name.
fn scripts(engine: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let read = |file: DirEntry| {
        (file.file_name().into_string().unwrap(), std::fs::read_to_string(file.path()).unwrap())
    };
    files.map(read).collect()
}

/// Index definitions without the kind of index.
fn indexes(script: &str) -> Vec<String> {
    let lines = script.lines().filter(|line| line.starts_with("CREATE INDEX"));
    lines.map(|line| line.replace(" USING hash", "")).collect()
}

/// First word of every line of a statement.
fn names(script: &str) -> Vec<String> {
    let lines =
        script.lines().map(str::trim).filter(|line| !line.starts_with("--") && !line.starts_with(')'));
    lines.map(|line| line.split([' ', ',']).next().unwrap_or_default().to_owned()).collect()
}
