//! The seam to whoever answers a whole request.

use std::fmt::Debug;

use super::{AnalysisOutcome, AnalysisRequest, Progress};
use crate::Result;
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
