//! The seam to whoever executes neural networks.

use std::fmt::Debug;
use std::sync::Arc;

use super::{EngineCapabilities, ModelArtifact, SessionOptions, Signature, Tensor, TensorView};
use crate::Result;

/// Loads models.
///
/// - An option that the engine cannot honour is an error; nothing falls back in silence.
/// - Every engine gives the same numbers for the same ONNX file within 1e-3 relative tolerance.
pub trait Engine: Debug + Send + Sync {
    /// Name of the engine, lowercase, e.g. `onnx` or `candle`.
    fn name(&self) -> &'static str;

    /// What it can do on this machine.
    fn capabilities(&self) -> EngineCapabilities;

    /// Parses and prepares a model.
    ///
    /// # Errors
    /// `inference.invalid_model`, `inference.unsupported_operator`, `inference.unsupported_option`,
    /// `inference.failed`.
    fn load(&self, model: &ModelArtifact, options: &SessionOptions) -> Result<Arc<dyn Session>>;
}

/// A loaded model. Shared between threads; runs side by side do not wait for each other.
pub trait Session: Debug + Send + Sync {
    /// Inputs and outputs.
    fn signature(&self) -> &Signature;

    /// Runs the model on one batch. `inputs` and the answer are in the order of the signature.
    ///
    /// # Errors
    /// `inference.shape_mismatch` when the number or a shape of the inputs does not fit the signature;
    /// `inference.failed`.
    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>>;
}
