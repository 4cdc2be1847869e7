//! How a database is used.

use std::time::Duration;

use crate::layer::Sealer;

/// What both engines can be told.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Encrypts templates. Those that were stored without are read nonetheless; those that were encrypted need it.
    pub sealer: Option<Sealer>,
    /// Most connections at a time: of SQLite those that read, beside the one that writes.
    pub connections: u32,
    /// How long to wait for a connection, or for a lock that another process holds.
    pub patience: Duration,
}

impl Default for StoreOptions {
    /// No encryption, 8 connections, 10 seconds.
    fn default() -> Self {
        Self { sealer: None, connections: 8, patience: Duration::from_secs(10) }
    }
}
