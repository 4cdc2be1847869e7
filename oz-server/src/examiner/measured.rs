//! Metrics of examinations.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use oz_core::Result;
use oz_core::analysis::port::MediaExaminer;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::media::MediaBytes;

/// Wrapper that reports examinations to the `metrics` facade.
///
/// Records the histogram `oz_examination_seconds`, which includes the wait for a free slot and has the label
/// `outcome` (`ok` or the error code), and the counter `oz_examined_frames_total`.
#[derive(Debug)]
pub struct MeasuredExaminer(Arc<dyn MediaExaminer>);

impl MeasuredExaminer {
    /// Wraps an examiner.
    #[must_use]
    pub fn new(inner: Arc<dyn MediaExaminer>) -> Self {
        Self(inner)
    }
}

#[async_trait]
impl MediaExaminer for MeasuredExaminer {
    async fn examine(
        &self,
        media: MediaBytes,
        request: &ExaminationRequest,
        deadline: Duration,
    ) -> Result<Examination> {
        let start = Instant::now();
        let examined = self.0.examine(media, request, deadline).await;
        let outcome = examined.as_ref().map_or_else(oz_core::Error::code, |_| "ok");
        metrics::histogram!("oz_examination_seconds", "outcome" => outcome)
            .record(start.elapsed().as_secs_f64());
        if let Ok(examination) = &examined {
            metrics::counter!("oz_examined_frames_total").increment(examination.frames);
        }
        examined
    }

    fn parallelism(&self) -> usize {
        self.0.parallelism()
    }
}
