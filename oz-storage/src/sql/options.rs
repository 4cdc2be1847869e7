//! Options of a database connection.

use std::time::Duration;

use crate::layer::Sealer;

/// Options of both engines.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Encrypts new templates and decrypts stored ones. Templates stored without encryption can always be
    /// read; encrypted ones cannot be read without a sealer.
    pub sealer: Option<Sealer>,
    /// Maximum number of connections. For SQLite, the number of reading connections beside the single writing
    /// one.
    pub connections: u32,
    /// Maximum time to wait for a connection or for a lock held by another process.
    pub patience: Duration,
}

impl Default for StoreOptions {
    /// No encryption, 8 connections, 10 seconds.
    fn default() -> Self {
        Self { sealer: None, connections: 8, patience: Duration::from_secs(10) }
    }
}
