//! Inference engines: implementations of the port [`oz_core::inference::port::Engine`].
//!
//! Invariants: every engine executes the same ONNX files and computes the same numbers; requesting an
//! unavailable engine is an error that states the remedy; there is no silent fallback.

#[cfg(feature = "candle")]
pub mod candle;
mod config;
mod engines;
#[cfg(any(feature = "onnx", feature = "onnx-download"))]
pub mod onnx;
#[cfg(feature = "onnx-format")]
pub mod proto;
mod registry;
#[cfg(any(feature = "onnx", feature = "onnx-download", feature = "candle"))]
mod shapes;

pub use config::EngineConfig;
pub use engines::Engines;
pub use registry::{EngineKind, EngineStatus, auto, available};
