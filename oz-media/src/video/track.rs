//! Video track as found by a demuxer: a list of samples.

use std::fmt::Display;
use std::time::Duration;

use oz_core::media::{MediaType, Orientation};
use oz_core::{Error, Result};

use super::color::ColorHint;
use crate::budget::Budget;

/// Codecs that are decoded in process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    H264,
    Hevc,
    Vp8,
    Vp9,
    Av1,
}

impl Codec {
    /// Value of `MediaInfo::codec`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Hevc => "hevc",
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::Av1 => "av1",
        }
    }

    /// Whether every sample yields a picture. Other codecs have samples that only update decoder state.
    pub(crate) fn one_picture_a_sample(self) -> bool {
        matches!(self, Self::H264)
    }
}

/// Error for a codec, or a variant of one, that is not decoded in process; names the remedy.
pub(crate) fn unsupported_codec(codec: impl Display) -> Error {
    let remedy = "convert the video to 8-bit 4:2:0 H.264, or allow the ffmpeg decoder";
    Error::MediaUnsupportedCodec { codec: format!("{codec}; {remedy}") }
}

/// Name of a `chroma_format_idc` of H.264 and HEVC.
pub(crate) fn chroma_format_name(code: u32) -> &'static str {
    match code {
        0 => "4:0:0",
        1 => "4:2:0",
        2 => "4:2:2",
        _ => "4:4:4",
    }
}

/// Coded picture in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Position in the file, in bytes.
    pub(crate) offset: u64,
    /// Length in bytes.
    pub(crate) size: u64,
    /// Presentation time in nanoseconds from an arbitrary origin.
    pub(crate) time: i64,
    /// Whether the edit list shows the sample. Hidden samples are decoded because others refer to them.
    pub(crate) shown: bool,
}

/// State of the end of the container, independent of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Ending {
    /// Complete.
    #[default]
    Complete,
    /// Ends inside an element.
    Truncated,
    /// Ends with bytes that are not an element.
    Corrupt,
}

impl Ending {
    /// Error to report after the frames that could be decoded.
    pub(crate) fn error(self) -> Option<Error> {
        match self {
            Self::Complete => None,
            Self::Truncated => Some(Error::truncated("the video file ends early; send the complete file")),
            Self::Corrupt => Some(Error::corrupt("the container of the video is damaged")),
        }
    }
}

/// Video track of a file.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) media_type: MediaType,
    pub(crate) codec: Codec,
    /// Decoder configuration: content of `avcC`, `hvcC` or `av1C`, or empty.
    pub(crate) config: Vec<u8>,
    pub(crate) color: ColorHint,
    /// Stored width and height stated by the container, in pixels; zero when unknown.
    pub(crate) size: (u32, u32),
    pub(crate) orientation: Orientation,
    /// Samples in decoding order.
    pub(crate) samples: Vec<Sample>,
    /// Time of the first visible sample, in nanoseconds.
    pub(crate) origin: i64,
    pub(crate) ending: Ending,
}

impl Track {
    /// Checks the track against the limits.
    ///
    /// # Errors
    /// `media.limit_exceeded`, or the error of the container when no sample is visible.
    pub(crate) fn check(&self, budget: &Budget) -> Result<()> {
        budget.ensure_frames(self.samples.len() as u64)?;
        budget.ensure_size(self.size.0, self.size.1)?;
        if let Some(duration) = self.last_time() {
            budget.ensure_duration(duration)?;
        }
        let shown = self.samples.iter().any(|sample| sample.shown);
        if shown { Ok(()) } else { Err(self.ending.error().unwrap_or(Error::MediaNoFrames)) }
    }

    /// Time from the first to the last frame.
    pub(crate) fn last_time(&self) -> Option<Duration> {
        let span = shown_times(&self.samples).max()?.checked_sub(self.origin)?;
        Some(Duration::from_nanos(u64::try_from(span).ok()?))
    }
}

/// Time of the first visible sample; zero without one.
pub(crate) fn origin(samples: &[Sample]) -> i64 {
    shown_times(samples).min().unwrap_or(0)
}

fn shown_times(samples: &[Sample]) -> impl Iterator<Item = i64> {
    samples.iter().filter(|sample| sample.shown).map(|sample| sample.time)
}
