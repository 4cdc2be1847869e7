//! The loops in which the time goes: convolution, pooling, arithmetic, changes of layout.
//!
//! Invariants:
//! - Images are channels-last, `[N, H, W, C]`; a pixel is a row of `C` values that follow each other.
//! - `unsafe` code stands in this folder only. Every function that is safe to call checks its slices against the shapes
//!   that it is given before a pointer is made of them.
//! - A kernel is written once over [`simd::Simd`] and compiled for every instruction set; [`simd::Isa`] picks one at
//!   run time.

#![expect(unsafe_code, reason = "vector instructions and raw pointers, the only such folder of the crate")]
#![expect(
    clippy::needless_range_loop,
    reason = "iterators and closures lose the instruction set they are compiled for"
)]

pub(super) mod activation;
pub(super) mod aligned;
pub(super) mod conv;
pub(super) mod depthwise;
pub(super) mod elementwise;
pub(super) mod gemm;
pub(super) mod layout;
pub(super) mod parallel;
pub(super) mod pool;
pub(super) mod reduce;
pub(super) mod resize;
pub(super) mod simd;
#[cfg(test)]
mod tests;
