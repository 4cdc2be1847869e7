//! Foreign model files, turned into ONNX.
//!
//! Invariant: the same bytes always give the same bytes, so that the result has a digest in the ledger; bytes of any
//! kind give a result or a typed error, never a panic.

#[cfg(feature = "onnx-format")]
pub mod dlib;
