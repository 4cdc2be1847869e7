//! Ports of inference engines.

use std::fmt::Debug;
use std::sync::Arc;

use super::{EngineCapabilities, ModelArtifact, SessionOptions, Signature, Tensor, TensorView};
use crate::Result;

/// Inference engine that loads ONNX models.
///
/// - An unsupported option is an error; there is no silent fallback.
/// - All engines agree on the outputs of one ONNX file within a relative tolerance of 1e-3.
pub trait Engine: Debug + Send + Sync {
    /// Name of the engine, lowercase, e.g. `onnx` or `candle`.
    fn name(&self) -> &'static str;

    /// Capabilities on this machine.
    fn capabilities(&self) -> EngineCapabilities;

    /// Parses a model and prepares it for execution.
    ///
    /// # Errors
    /// `inference.invalid_model`, `inference.unsupported_operator`, `inference.unsupported_option`,
    /// `inference.failed`.
    fn load(&self, model: &ModelArtifact, options: &SessionOptions) -> Result<Arc<dyn Session>>;
}

/// Loaded model. Shared between threads; concurrent runs do not block each other.
pub trait Session: Debug + Send + Sync {
    /// Inputs and outputs of the model.
    fn signature(&self) -> &Signature;

    /// Runs the model on one batch. Inputs and outputs are in the order of the signature.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when the number or a shape of the inputs does not fit the signature;
    /// `inference.failed`.
    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>>;
}
