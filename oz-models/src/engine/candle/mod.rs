//! The engine `candle`: pure Rust, without external dependencies.
//!
//! On a CPU a model is planned for the shapes of its inputs (see `planner`) and executed by the kernels in
//! `kernels`; the crate candle stores the constants and evaluates operators without a kernel. On a GPU candle
//! executes all operators.
//!
//! Invariant: a loaded model is immutable, so runs share it without a lock; every run has its own working
//! memory.

mod arguments;
mod fault;
mod fuse;
#[cfg_attr(not(feature = "candle-cuda"), path = "no_gpu.rs")]
mod gpu;
mod graph;
#[cfg(any(test, feature = "candle-cuda"))]
mod interpreter;
mod kernels;
mod lower;
mod memory;
mod operators;
mod params;
mod plan;
mod planner;
mod pool;
mod reader;
mod session;

use std::sync::Arc;

use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{Device, EngineCapabilities, ModelArtifact, Precision, SessionOptions};
use oz_core::{Error, Result};

use gpu::Gpus;
use kernels::simd::Isa;

/// Name of the engine.
pub const NAME: &str = "candle";

/// Version of the crate candle, which does not export it. A test compares it with `Cargo.lock`.
const VERSION: &str = "0.11.1";

/// The engine. Its kernels use one instruction set, fixed at construction.
#[derive(Debug)]
pub struct CandleEngine {
    isa: Isa,
    gpus: Gpus,
}

impl Default for CandleEngine {
    fn default() -> Self {
        Self::with(Isa::detect())
    }
}

impl CandleEngine {
    /// Creates the engine with the widest instruction set that the processor supports.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One engine per instruction set that the processor supports, narrowest first; for comparisons in tests.
    #[must_use]
    pub fn all() -> Vec<Self> {
        Isa::all().into_iter().map(Self::with).collect()
    }

    fn with(isa: Isa) -> Self {
        Self { isa, gpus: Gpus::default() }
    }

    /// Whether the kernels are faster than ONNX Runtime on this processor. With vectors of 16 values
    /// (AVX-512) they take about half its time for the face pipeline; with narrower ones they are slower for
    /// some models (`benches/engine.rs`).
    #[must_use]
    pub fn is_fastest(&self) -> bool {
        self.isa.lanes() >= 16
    }
}

impl Engine for CandleEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> EngineCapabilities {
        EngineCapabilities {
            version: VERSION.into(),
            devices: session::devices(),
            precisions: vec![Precision::F32],
            detail: format!("built-in kernels with {} instructions", self.isa.name()),
        }
    }

    fn load(&self, model: &ModelArtifact, options: &SessionOptions) -> Result<Arc<dyn Session>> {
        if options.precision != Precision::F32 {
            return Err(unsupported(format!("precision {:?}", options.precision)));
        }
        match options.device {
            Device::Cpu => session::load(model, options, self.isa),
            Device::Cuda(number) => self.gpus.load(model, number),
        }
    }
}

fn unsupported(option: String) -> Error {
    Error::InferenceUnsupportedOption { name: NAME.into(), option }
}

/// Reads and plans a model without running it: the code that a malicious file can reach when it is loaded.
///
/// # Errors
/// As [`Engine::load`].
pub fn check(bytes: &[u8]) -> Result<()> {
    session::check(bytes, Isa::detect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_that_of_the_lock_file() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
        let locked = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        assert!(locked.contains(&format!("name = \"candle-core\"\nversion = \"{VERSION}\"\n")));
    }
}
