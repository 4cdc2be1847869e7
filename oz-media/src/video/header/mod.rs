//! Sequence and frame headers, parsed to know the size before a decoder allocates memory for it.
//!
//! Invariant: loops are bounded by constants of the standards or by the input, and memory by a few bytes per frame.

pub(crate) mod av1;
pub(crate) mod bits;
pub(crate) mod hevc;
pub(crate) mod vp8;
pub(crate) mod vp9;
