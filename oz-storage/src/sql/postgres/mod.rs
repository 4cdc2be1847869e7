//! PostgreSQL, version 15 or later.

#[path = "../body.rs"]
mod body;
mod connect;
mod engine;

pub use engine::PostgresStore;
