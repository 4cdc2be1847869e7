//! Everything but blobs, keys and licences in one SQL database: SQLite in a file, or a PostgreSQL server.
//!
//! There is one body of SQL (`body.rs` and the folders beside it). It is compiled once for each engine, against the types
//! of that engine, because `sqlx` checks types at compile time; what differs (pool, transactions, row locks, which
//! migrations) is in `sqlite/` and `postgres/`.
//!
//! Invariants: one method is one transaction; who reads in order to write locks first; times and numbers are 64-bit
//! integers; an error shows no SQL and no values.

#![allow(
    clippy::duplicate_mod,
    reason = "the body is compiled for each engine: generics over `sqlx::Database` need a page of bounds at every function"
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
