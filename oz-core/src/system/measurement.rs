//! What is measured of an operation.

use std::time::Duration;

/// How an operation went. Holds names and sizes, never ids or content, so that figures can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurement {
    /// The part of the system, e.g. `blobs`.
    pub part: &'static str,
    /// What was done, e.g. `read`.
    pub operation: &'static str,
    /// `ok`, or the code of the error.
    pub outcome: &'static str,
    /// How long it took.
    pub duration: Duration,
    /// Bytes of content that went through.
    pub bytes: u64,
}
