//! Exact vector search in memory.
//!
//! A search scans 8-bit codes, computes for every row an upper bound of its similarity, and compares exactly
//! only the rows whose bound reaches the candidate list. The result equals that of comparing every row, while
//! reading about a quarter of the bytes.

mod best;
mod codes;
mod exact;
mod kernels;
mod space;

pub use exact::ExactIndex;
