//! Running neural networks, whoever runs them.
//!
//! Invariant: a [`port::Session`] is shared between threads without a lock and gives the same answer to the same input.

mod model;
mod options;
pub mod port;
mod signature;
mod tensor;

pub use model::{ModelArtifact, ModelId};
pub use options::{Device, EngineCapabilities, Precision, SessionOptions};
pub use signature::{Dim, Signature, TensorSpec};
pub use tensor::{Tensor, TensorView};
