//! Ports for the analysis of whole recordings.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::time::Duration;

use async_trait::async_trait;

use super::{AnalysisOutcome, AnalysisRequest, Examination, ExaminationRequest, Progress};
use crate::Result;
use crate::media::MediaBytes;
use crate::media::port::FrameSource;

/// Analysis of decoded recordings.
///
/// - Deterministic: equal frames and equal requests give equal outcomes, [`Timings`](super::Timings) aside.
/// - A recording without a face is an outcome, not an error.
pub trait Analyzer: Debug + Send + Sync {
    /// Reads `media` to its end and analyses it. Calls `progress` after each frame; `ControlFlow::Break` ends
    /// the analysis.
    ///
    /// # Errors
    /// `analysis.cancelled` when `progress` breaks; `input.invalid_value` when presentation times fall; any
    /// error of the source or of a model. A recording that is damaged after some frames is an error, too.
    fn analyze(
        &self,
        media: &mut dyn FrameSource,
        request: &AnalysisRequest,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<AnalysisOutcome>;
}

/// Decoding and analysis of untrusted media bytes, in this process or in a worker process that can be killed.
///
/// - Deterministic: equal bytes and equal requests give equal examinations.
/// - Media without a face give an examination without a subject.
/// - Nothing is stored.
#[async_trait]
pub trait MediaExaminer: Debug + Send + Sync {
    /// Decodes and analyses one media file within `deadline`.
    ///
    /// # Errors
    /// The codes of `media` and `inference`; `media.limit_exceeded` (`decode_time_ms`) when the deadline
    /// passes; `storage.backend`, retryable, when the worker process died.
    async fn examine(
        &self,
        media: MediaBytes,
        request: &ExaminationRequest,
        deadline: Duration,
    ) -> Result<Examination>;

    /// Number of examinations that can usefully run in parallel, at least 1.
    fn parallelism(&self) -> usize;
}
