//! Conversion of foreign model files to ONNX.
//!
//! Invariants: conversion is deterministic, so that the ledger can pin the digest of the result; any input
//! gives a result or a typed error, never a panic.

#[cfg(feature = "onnx-format")]
pub mod dlib;
