//! Execution of neural networks, independent of the engine.
//!
//! Invariant: a [`port::Session`] is shared between threads without a lock, and equal inputs give equal
//! outputs.

#[cfg(feature = "ndarray")]
mod arrays;
mod model;
mod options;
pub mod port;
mod signature;
mod tensor;

pub use model::{ModelArtifact, ModelId};
pub use options::{Device, EngineCapabilities, Precision, SessionOptions};
pub use signature::{Dim, Signature, TensorSpec};
pub use tensor::{Tensor, TensorView};
