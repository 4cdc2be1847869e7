//! Records, jobs, the audit trail and the erasure list in an SQL database: an SQLite file or a PostgreSQL
//! server.
//!
//! The SQL is written once (`body.rs` and the folders beside it) and compiled for each engine against the
//! types of that engine, because `sqlx` checks types at compile time. The differences (pool, transactions,
//! row locks, migrations) are in `sqlite/` and `postgres/`.
//!
//! Invariants: one method is one transaction; a transaction locks the rows it reads before it writes them;
//! times and numbers are 64-bit integers; errors show neither SQL nor values.

#![allow(
    clippy::duplicate_mod,
    reason = "compiled per engine: generics over `sqlx::Database` would need a page of bounds per function"
)]

mod error;
mod migration;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use migration::SchemaError;
pub use options::StoreOptions;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
