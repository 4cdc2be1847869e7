//! Compute kernels: convolution, pooling, arithmetic, changes of memory layout.
//!
//! Invariants:
//! - Images are channels-last, `[N, H, W, C]`; a pixel is a row of `C` consecutive values.
//! - This folder is the only one with `unsafe` code. Safe functions check their slices against the given
//!   shapes before they create pointers from them.
//! - A kernel is generic over [`simd::Simd`] and compiled for every instruction set; [`simd::Isa`] selects
//!   one at run time.

#![expect(unsafe_code, reason = "vector instructions and raw pointers, the only such folder of the crate")]
#![expect(
    clippy::needless_range_loop,
    reason = "iterators and closures may not be compiled for the instruction set of the kernel"
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
