//! Description of the engine behind a handle.

use serde::Serialize;

/// Engine that runs the models of an [`Oz`](crate::Oz).
///
/// ```
/// # fn main() -> oz::Result<()> {
/// let oz = oz::Oz::builder().engine("candle").build()?;
/// let engine = oz.engine();
/// assert_eq!((engine.name.as_str(), engine.device.as_str()), ("candle", "cpu"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineInfo {
    /// Name: `candle`, `onnx` or that of a custom engine.
    pub name: String,
    /// Version of the engine or of its library.
    pub version: String,
    /// Device: `cpu` or `cuda:N`.
    pub device: String,
}
