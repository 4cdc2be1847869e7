//! The engine `onnx`: ONNX Runtime, loaded as a shared library at run time.
//!
//! Invariants: the library is loaded from a path resolved by `discovery`, so the crate `ort` never searches
//! for one and never panics; a process loads at most one library, and requesting another one is an error.

#[cfg(feature = "onnx")]
pub mod discovery;
#[cfg(feature = "onnx")]
pub mod install;
mod library;
mod session;
mod sessions;

use std::sync::Arc;

use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{Device, EngineCapabilities, ModelArtifact, Precision, SessionOptions};
use oz_core::{Error, Result};

use super::EngineConfig;

/// Name of the engine.
pub const NAME: &str = "onnx";

/// The engine.
#[derive(Debug)]
pub struct OnnxEngine {
    library: library::Library,
}

impl OnnxEngine {
    /// Finds and loads the library.
    ///
    /// # Errors
    /// `inference.engine_unavailable` if no library is found, it is too old, or this process has loaded
    /// another one.
    pub fn new(config: &EngineConfig) -> Result<Self> {
        Ok(Self { library: library::load(config)? })
    }
}

impl Engine for OnnxEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> EngineCapabilities {
        let mut devices = vec![Device::Cpu];
        if has_cuda() {
            devices.push(Device::Cuda(0));
        }
        EngineCapabilities {
            version: self.library.version.clone(),
            devices,
            precisions: vec![Precision::F32],
            detail: self.library.path.display().to_string(),
        }
    }

    fn load(&self, model: &ModelArtifact, options: &SessionOptions) -> Result<Arc<dyn Session>> {
        if options.precision != Precision::F32 {
            return Err(unsupported(format!("precision {:?}", options.precision)));
        }
        if !cfg!(feature = "cuda") && options.device != Device::Cpu {
            return Err(unsupported(format!("device {} without the cargo feature `cuda`", options.device)));
        }
        Ok(Arc::new(session::OnnxSession::new(&self.library.environment, model, options)?))
    }
}

/// Whether both the loaded library and this program were built for CUDA.
#[cfg(feature = "cuda")]
fn has_cuda() -> bool {
    <ort::ep::CUDA as ort::ep::ExecutionProvider>::is_available().unwrap_or(false)
}

#[cfg(not(feature = "cuda"))]
const fn has_cuda() -> bool {
    false
}

fn unsupported(option: String) -> Error {
    Error::InferenceUnsupportedOption { name: NAME.into(), option }
}

fn unavailable(reason: String, remedy: &str) -> Error {
    Error::EngineUnavailable { name: NAME.into(), reason, remedy: remedy.into() }
}
