//! SQLite: one file, one writer, several readers.

#[path = "../body.rs"]
mod body;
mod engine;
mod maintenance;
mod open;

pub use engine::SqliteStore;
