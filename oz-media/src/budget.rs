//! Decode limits, checked on headers before memory is allocated and again while frames are decoded.

use std::time::{Duration, Instant};

use oz_core::media::DecodeLimits;
use oz_core::{Error, LimitKind, Result};

/// Remaining resources of one media file.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    limits: DecodeLimits,
    spent: Duration,
}

impl Budget {
    /// Full budget for a file of `bytes` bytes.
    ///
    /// # Errors
    /// `media.limit_exceeded` when the file itself is too large.
    pub(crate) fn new(limits: &DecodeLimits, bytes: usize) -> Result<Self> {
        ensure_within(LimitKind::Bytes, bytes as u64, limits.bytes)?;
        Ok(Self { limits: limits.clone(), spent: Duration::ZERO })
    }

    /// Configured limits.
    pub(crate) fn limits(&self) -> &DecodeLimits {
        &self.limits
    }

    /// Checks the size of a stored picture, in pixels.
    pub(crate) fn ensure_size(&self, width: u32, height: u32) -> Result<()> {
        ensure_within(LimitKind::Side, u64::from(width.max(height)), u64::from(self.limits.side))?;
        ensure_within(LimitKind::Pixels, u64::from(width) * u64::from(height), self.limits.pixels)
    }

    /// Checks the coded size of a video, before its decoder allocates reference pictures.
    pub(crate) fn ensure_video_size(&self, width: u32, height: u32) -> Result<()> {
        self.ensure_size(width, height)?;
        ensure_within(LimitKind::Pixels, u64::from(width) * u64::from(height), self.video_pixels())
    }

    /// Maximum pixels of a video picture.
    pub(crate) fn video_pixels(&self) -> u64 {
        self.limits.pixels.min(LEVEL_6_2)
    }

    /// Checks the number of frames.
    pub(crate) fn ensure_frames(&self, frames: u64) -> Result<()> {
        ensure_within(LimitKind::Frames, frames, self.limits.frames)
    }

    /// Checks the presentation time of the last frame.
    pub(crate) fn ensure_duration(&self, last: Duration) -> Result<()> {
        ensure_within(LimitKind::DurationMs, millis(last), millis(self.limits.duration))
    }

    /// Runs a step of decoding and charges its time. The time between steps is not charged.
    pub(crate) fn timed<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let done = work(self)?;
        self.spend(start)?;
        Ok(done)
    }

    /// Charges the time since `start`.
    pub(crate) fn spend(&mut self, start: Instant) -> Result<()> {
        self.spent += start.elapsed();
        ensure_within(LimitKind::DecodeTimeMs, millis(self.spent), millis(self.limits.decode_time))
    }

    /// Remaining decode time.
    pub(crate) fn left(&self) -> Duration {
        self.limits.decode_time.saturating_sub(self.spent)
    }

    /// Checks the decode time in the middle of a step that started at `start`.
    pub(crate) fn ensure_time_left(&self, start: Instant) -> Result<()> {
        ensure_within(
            LimitKind::DecodeTimeMs,
            millis(self.spent + start.elapsed()),
            millis(self.limits.decode_time),
        )
    }

    /// Bytes that one decoder may allocate: two of the largest pictures as 16-bit RGBA, plus 64 MiB.
    pub(crate) fn memory(&self) -> u64 {
        self.limits.pixels.saturating_mul(16).saturating_add(64 << 20)
    }
}

/// Maximum luma samples of a picture at level 6.2, the highest level of HEVC, AV1 and VP9.
///
/// Source: ITU-T H.265, table A.8.
const LEVEL_6_2: u64 = 35_651_584;

/// # Errors
/// `media.limit_exceeded` when `actual` is above `allowed`.
pub(crate) fn ensure_within(limit: LimitKind, actual: u64, allowed: u64) -> Result<()> {
    if actual > allowed { Err(Error::MediaLimitExceeded { limit, actual, allowed }) } else { Ok(()) }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_thin_picture_exceeds_the_side_limit() {
        let budget = Budget::new(&DecodeLimits::default(), 10).unwrap();
        assert_eq!(budget.ensure_size(16_385, 1).unwrap_err().code(), "media.limit_exceeded");
        assert!(budget.ensure_size(16_384, 2).is_ok());
    }

    #[test]
    fn decode_time_adds_up() {
        let limits = DecodeLimits { decode_time: Duration::ZERO, ..DecodeLimits::default() };
        let mut budget = Budget::new(&limits, 0).unwrap();
        let slow = |_: &mut Budget| {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(2) {}
            Ok(())
        };

        assert_eq!(budget.timed(slow).unwrap_err().code(), "media.limit_exceeded");
    }
}
