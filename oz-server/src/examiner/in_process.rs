//! Examination in this process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use oz_core::analysis::port::MediaExaminer;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::media::MediaBytes;
use oz_core::{Error, LimitKind, Result};
use tokio::sync::Semaphore;

use super::examination;
use oz::Oz;

/// Examiner on the blocking threads of the async runtime.
///
/// An examination that misses its deadline is abandoned, not cancelled: its thread and slot stay occupied
/// until it ends. [`ProcessExaminer`](super::ProcessExaminer) kills it instead.
#[derive(Debug)]
pub struct InProcessExaminer {
    oz: Oz,
    slots: Arc<Semaphore>,
    parallelism: usize,
}

impl InProcessExaminer {
    /// Examines up to `parallelism` media in parallel, at least one.
    #[must_use]
    pub fn new(oz: Oz, parallelism: usize) -> Self {
        let parallelism = parallelism.max(1);
        Self { oz, slots: Arc::new(Semaphore::new(parallelism)), parallelism }
    }
}

#[async_trait]
impl MediaExaminer for InProcessExaminer {
    async fn examine(
        &self,
        media: MediaBytes,
        request: &ExaminationRequest,
        deadline: Duration,
    ) -> Result<Examination> {
        let slot = self.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|closed| Error::backend("waiting for an examiner", true, closed))?;
        let (oz, request) = (self.oz.clone(), request.clone());
        let work = tokio::task::spawn_blocking(move || {
            let examined = examination::examine(&oz, &media, &request);
            drop(slot);
            examined
        });

        match tokio::time::timeout(deadline, work).await {
            Err(_) => Err(too_slow(deadline)),
            Ok(Err(panic)) => Err(Error::backend("examining media", true, panic)),
            Ok(Ok(examined)) => examined,
        }
    }

    fn parallelism(&self) -> usize {
        self.parallelism
    }
}

/// Error for media whose examination exceeds its deadline.
pub(super) fn too_slow(deadline: Duration) -> Error {
    let allowed = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    Error::MediaLimitExceeded { limit: LimitKind::DecodeTimeMs, actual: allowed.saturating_add(1), allowed }
}
