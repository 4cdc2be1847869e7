//! Measurements of operations.

use std::time::Duration;

/// Measurement of one operation. Contains names and sizes, never IDs or content, so that metrics can be
/// published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurement {
    /// Component of the system, e.g. `blobs`.
    pub part: &'static str,
    /// Name of the operation, e.g. `read`.
    pub operation: &'static str,
    /// `ok` or an error code.
    pub outcome: &'static str,
    /// Elapsed time.
    pub duration: Duration,
    /// Amount of content transferred, in bytes.
    pub bytes: u64,
}
