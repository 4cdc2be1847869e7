//! What a demuxer finds: one video track as a list of samples.

use std::time::Duration;

use oz_core::media::{MediaType, Orientation};
use oz_core::{Error, Result};

use super::color::ColorHint;
use crate::budget::Budget;

/// The codings that are decoded in process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    H264,
    Hevc,
    Vp8,
    Vp9,
    Av1,
}

impl Codec {
    /// Name in `MediaInfo::codec`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Hevc => "hevc",
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::Av1 => "av1",
        }
    }

    /// Whether every sample brings a picture of its own; the other codings have samples that only prepare one.
    pub(crate) fn one_picture_a_sample(self) -> bool {
        matches!(self, Self::H264)
    }
}

/// One coded picture in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Position of the first byte.
    pub(crate) offset: u64,
    /// Number of bytes.
    pub(crate) size: u64,
    /// Presentation time in nanoseconds, from any origin.
    pub(crate) time: i64,
    /// Whether an edit list lets it be seen; the others are only needed to decode those.
    pub(crate) shown: bool,
}

/// How the container itself ends, whatever its samples hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Ending {
    /// As it should.
    #[default]
    Whole,
    /// In the middle of an element.
    Cut,
    /// With bytes that are no element.
    Broken,
}

impl Ending {
    /// What is told after the frames that could be decoded.
    pub(crate) fn error(self) -> Option<Error> {
        match self {
            Self::Whole => None,
            Self::Cut => Some(Error::truncated("the container ends early")),
            Self::Broken => Some(Error::corrupt("the container is damaged")),
        }
    }
}

/// The video track of a file, its samples in decoding order.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) media_type: MediaType,
    pub(crate) codec: Codec,
    /// `avcC`, `hvcC`, `av1C` or nothing.
    pub(crate) config: Vec<u8>,
    pub(crate) color: ColorHint,
    /// Stored size that the container states; zero when it does not.
    pub(crate) size: (u32, u32),
    pub(crate) orientation: Orientation,
    pub(crate) samples: Vec<Sample>,
    /// Time of the first sample that is shown.
    pub(crate) origin: i64,
    pub(crate) ending: Ending,
}

impl Track {
    /// Checks what the tables ask for, and that there is something to see.
    pub(crate) fn check(&self, budget: &Budget) -> Result<()> {
        budget.frames(self.samples.len() as u64)?;
        budget.size(self.size.0, self.size.1)?;
        if let Some(duration) = self.last_time() {
            budget.duration(duration)?;
        }
        let shown = self.samples.iter().any(|sample| sample.shown);
        if shown { Ok(()) } else { Err(self.ending.error().unwrap_or(Error::MediaNoFrames)) }
    }

    /// Time of the last frame after the first.
    pub(crate) fn last_time(&self) -> Option<Duration> {
        let span = shown_times(&self.samples).max()?.checked_sub(self.origin)?;
        Some(Duration::from_nanos(u64::try_from(span).ok()?))
    }
}

/// Where times begin: at the first sample that is shown.
pub(crate) fn origin(samples: &[Sample]) -> i64 {
    shown_times(samples).min().unwrap_or(0)
}

fn shown_times(samples: &[Sample]) -> impl Iterator<Item = i64> {
    samples.iter().filter(|sample| sample.shown).map(|sample| sample.time)
}
