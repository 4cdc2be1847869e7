//! Examining media in this process.

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

/// Examines on the threads for blocking work. What hangs cannot be ended here: it is given up at its deadline and keeps its
/// place until it ends by itself.
#[derive(Debug)]
pub struct InProcessExaminer {
    oz: Oz,
    slots: Arc<Semaphore>,
    parallelism: usize,
}

impl InProcessExaminer {
    /// Examines up to `parallelism` media at a time, at least one.
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

/// The error of media that take longer than they may.
pub(super) fn too_slow(deadline: Duration) -> Error {
    let allowed = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    Error::MediaLimitExceeded { limit: LimitKind::DecodeTimeMs, actual: allowed.saturating_add(1), allowed }
}
