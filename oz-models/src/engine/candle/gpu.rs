//! GPUs of this machine. A GPU is opened once for all models, because opening it compiles kernels.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::Device;
use candle_core::cuda::cudarc::driver::CudaContext;
use oz_core::Result;
use oz_core::inference::ModelArtifact;
use oz_core::inference::port::Session;

use super::{interpreter, unsupported};

#[derive(Debug, Default)]
pub(super) struct Gpus {
    opened: Mutex<BTreeMap<u32, Device>>,
}

impl Gpus {
    /// Number of GPUs; 0 without a driver.
    pub(super) fn count() -> u32 {
        CudaContext::device_count().map_or(0, |count| u32::try_from(count).unwrap_or(0))
    }

    /// Loads a model for the GPU with index `number`.
    pub(super) fn load(&self, model: &ModelArtifact, number: u32) -> Result<Arc<dyn Session>> {
        interpreter::load(model, self.open(number)?)
    }

    fn open(&self, number: u32) -> Result<Device> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(device) = opened.get(&number) {
            return Ok(device.clone());
        }

        let device = Device::new_cuda(number as usize)
            .map_err(|error| unsupported(format!("device cuda:{number} ({error})")))?;
        opened.insert(number, device.clone());
        Ok(device)
    }
}
