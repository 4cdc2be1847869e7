//! Results as plain data: what `--json` prints.
//!
//! Every document begins with `schema`, a name and a version. Fields may be added within a version; a field that is
//! removed or changes its meaning makes a new one. Positions are pixels of the upright picture, angles degrees, times
//! seconds from the first frame, scores 0..=1, quality 0..=100. `docs/json.md` shows every field.

mod analysis;
mod challenge;
mod comparison;
mod face;
mod failure;
mod inspection;

pub(crate) use analysis::{AnalysisReport, GestureReport};
pub(crate) use challenge::{ChallengeDocument, ChallengeReport};
pub(crate) use comparison::{ComparisonReport, ScoreReport};
pub(crate) use face::FaceReport;
pub(crate) use failure::FailureReport;
pub(crate) use inspection::InspectionReport;

use std::time::Duration;

use oz::EngineInfo;
use serde::Serialize;

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MediaReport {
    /// Name that the caller gave, such as a path.
    pub name: String,
    /// Container format.
    #[serde(rename = "type")]
    pub media_type: oz_core::media::MediaType,
    /// `image`, `video` or `shot_set`.
    pub kind: oz_core::media::MediaKind,
    /// Name of the coding.
    pub codec: String,
    /// Width of the upright picture.
    pub width: Option<u32>,
    /// Height of the upright picture.
    pub height: Option<u32>,
    /// Time of the last frame.
    pub duration_s: f64,
    /// Frames decoded.
    pub frames: u64,
    /// How the stored picture was turned.
    pub orientation: oz_core::media::Orientation,
    /// Who decoded it.
    pub decoder: &'static str,
}

impl MediaReport {
    fn new(name: &str, info: &oz_core::media::MediaInfo, frames: u64, duration: Duration) -> Self {
        Self {
            name: name.to_owned(),
            media_type: info.media_type,
            kind: info.kind,
            codec: info.codec.clone(),
            width: info.width,
            height: info.height,
            duration_s: seconds(duration),
            frames,
            orientation: info.orientation,
            decoder: info.decoder,
        }
    }
}

fn seconds(duration: Duration) -> f64 {
    rounded(duration.as_secs_f64(), 3)
}

fn millis(duration: Duration) -> f64 {
    rounded(duration.as_secs_f64() * 1e3, 3)
}

/// Rounds for the eye: as many digits as the number can bear.
fn rounded(value: impl Into<f64>, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value.into() * scale).round() / scale
}
