//! Samples as tables and fragments describe them.

/// Position, size and presentation time of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawSample {
    /// Position in the file, in bytes.
    pub(super) offset: u64,
    /// Length in bytes.
    pub(super) size: u32,
    /// Presentation time in units of the track.
    pub(super) time: i64,
}
