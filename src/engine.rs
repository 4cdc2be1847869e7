//! Description of the engine behind a handle.

use serde::Serialize;

/// Engine that runs the models of an [`Oz`](crate::Oz).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineInfo {
    /// Name: `candle`, `onnx` or that of a custom engine.
    pub name: String,
    /// Version of the engine or of its library.
    pub version: String,
    /// Device: `cpu` or `cuda:N`.
    pub device: String,
}
