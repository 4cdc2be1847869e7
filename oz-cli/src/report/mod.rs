//! Documents that `--json` prints.
//!
//! Every document begins with `schema`, a name and a version. Fields may be added within a version; removing
//! a field or changing its meaning requires a new version. Positions are pixels of the upright image, angles
//! degrees, times seconds from the first frame, scores 0..=1, quality 0..=100. `docs/json.md` describes every
//! field.

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

/// Analysed media.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MediaReport {
    /// Name given by the caller, such as a path.
    pub name: String,
    /// Container format.
    #[serde(rename = "type")]
    pub media_type: oz_core::media::MediaType,
    /// `image`, `video` or `shot_set`.
    pub kind: oz_core::media::MediaKind,
    /// Name of the codec.
    pub codec: String,
    /// Width of the upright image in pixels.
    pub width: Option<u32>,
    /// Height of the upright image in pixels.
    pub height: Option<u32>,
    /// Time of the last frame in seconds.
    pub duration_s: f64,
    /// Number of decoded frames.
    pub frames: u64,
    /// Orientation of the stored image, which decoding has corrected.
    pub orientation: oz_core::media::Orientation,
    /// Name of the decoder.
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

/// Rounds to the decimal places that are significant.
fn rounded(value: impl Into<f64>, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value.into() * scale).round() / scale
}
