//! Replacement for `gpu` in builds without the feature `candle-cuda`.

use std::sync::Arc;

use oz_core::Result;
use oz_core::inference::ModelArtifact;
use oz_core::inference::port::Session;

use super::unsupported;

#[derive(Debug, Default)]
pub(super) struct Gpus {}

impl Gpus {
    pub(super) fn count() -> u32 {
        0
    }

    pub(super) fn load(&self, _: &ModelArtifact, number: u32) -> Result<Arc<dyn Session>> {
        Err(unsupported(format!("device cuda:{number} without the cargo feature `candle-cuda`")))
    }
}
