//! Sequence and frame headers, parsed to know the size before a decoder allocates memory for it.
//!
//! Invariant: every loop is bounded by the input or by a constant of the standard, and nothing is allocated
//! except the list of at most eight frame sizes of a VP9 superframe.

pub(crate) mod av1;
pub(crate) mod bits;
pub(crate) mod hevc;
pub(crate) mod vp8;
pub(crate) mod vp9;
