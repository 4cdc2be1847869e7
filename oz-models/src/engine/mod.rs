//! Who executes neural networks.
//!
//! Invariants: every engine executes the same ONNX files with the same numbers; an engine that was asked for and is not
//! there is an error that says how to get it; nothing falls back in silence.

#[cfg(feature = "candle")]
pub mod candle;
mod config;
#[cfg(any(feature = "onnx", feature = "onnx-download"))]
pub mod onnx;
#[cfg(feature = "onnx-format")]
pub mod proto;
mod registry;
#[cfg(any(feature = "onnx", feature = "onnx-download", feature = "candle"))]
mod shapes;

pub use config::EngineConfig;
pub use registry::{EngineKind, EngineStatus, auto, available, by_name};
