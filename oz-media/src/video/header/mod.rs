//! Sequence headers of the codings, read for one purpose: to know the size before a decoder allocates for it.
//!
//! Invariant: these parsers allocate nothing and every loop is bounded by a constant of the standard.

pub(crate) mod av1;
pub(crate) mod bits;
pub(crate) mod hevc;
pub(crate) mod vp8;
pub(crate) mod vp9;
