//! Exact search in memory.
//!
//! A search scans rough codes of 8 bits, knows for every row by how much they may be wrong, and compares exactly wherever
//! the row could still belong to the answer. So the answer is that of comparing with every row, at the price of reading a
//! quarter of the bytes.

mod best;
mod codes;
mod exact;
mod kernels;
mod space;

pub use exact::ExactIndex;
