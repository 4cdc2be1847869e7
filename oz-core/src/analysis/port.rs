//! The seams to whoever answers a whole request.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{AnalysisOutcome, AnalysisRequest, Examination, ExaminationRequest, Progress};
use crate::Result;
use crate::media::MediaBytes;
use crate::media::port::FrameSource;

/// Analyses recordings.
///
/// The same frames and the same request give the same answer, timings aside. A recording without a face is an outcome,
/// not an error.
pub trait Analyzer: Debug + Send + Sync {
    /// Looks at all frames of `media` once. `progress` is called after each.
    ///
    /// # Errors
    /// Whatever the source and the models fail with; a damaged recording is an error even if it begins well.
    fn analyze(
        &self,
        media: &mut dyn FrameSource,
        request: &AnalysisRequest,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<AnalysisOutcome>;
}

/// Examines media that come from outside as bytes: decoding and analysis in one, wherever they run, also in a process of
/// their own that can be killed.
///
/// - The same bytes and the same request give the same answer.
/// - Media without a face are an examination without a subject.
/// - Nothing is stored.
#[async_trait]
pub trait MediaExaminer: Debug + Send + Sync {
    /// Decodes and analyses one of the media, for at most `deadline`.
    ///
    /// # Errors
    /// The codes of `media` and `inference`; `media.limit_exceeded` (`decode_time_ms`) after the deadline;
    /// `storage.backend`, retryable, when whatever did the work died.
    async fn examine(
        &self,
        media: MediaBytes,
        request: &ExaminationRequest,
        deadline: Duration,
    ) -> Result<Examination>;

    /// How many examinations can usefully run side by side, at least 1.
    fn parallelism(&self) -> usize;
}
