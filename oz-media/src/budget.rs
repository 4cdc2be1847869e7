//! Limits, checked on headers before memory is taken and again while frames come out.

use std::time::{Duration, Instant};

use oz_core::media::DecodeLimits;
use oz_core::{Error, LimitKind, Result};

/// What one media file may still ask for.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    limits: DecodeLimits,
    spent: Duration,
}

impl Budget {
    /// A full budget for a file of `bytes`, unless that alone is too much.
    pub(crate) fn new(limits: &DecodeLimits, bytes: usize) -> Result<Self> {
        within(LimitKind::Bytes, bytes as u64, limits.bytes)?;
        Ok(Self { limits: limits.clone(), spent: Duration::ZERO })
    }

    /// The limits behind the budget.
    pub(crate) fn limits(&self) -> &DecodeLimits {
        &self.limits
    }

    /// Checks the size of a stored picture.
    pub(crate) fn size(&self, width: u32, height: u32) -> Result<()> {
        within(LimitKind::Side, u64::from(width.max(height)), u64::from(self.limits.side))?;
        within(LimitKind::Pixels, u64::from(width) * u64::from(height), self.limits.pixels)
    }

    /// Checks the coded size of a video, before its decoder allocates the many pictures that it refers to.
    pub(crate) fn video_size(&self, width: u32, height: u32) -> Result<()> {
        self.size(width, height)?;
        within(LimitKind::Pixels, u64::from(width) * u64::from(height), self.video_pixels())
    }

    /// Pixels that one picture of a video may have.
    pub(crate) fn video_pixels(&self) -> u64 {
        self.limits.pixels.min(LEVEL_6_2)
    }

    /// Checks a number of frames.
    pub(crate) fn frames(&self, frames: u64) -> Result<()> {
        within(LimitKind::Frames, frames, self.limits.frames)
    }

    /// Checks the time of the last frame.
    pub(crate) fn duration(&self, last: Duration) -> Result<()> {
        within(LimitKind::DurationMs, millis(last), millis(self.limits.duration))
    }

    /// Runs a piece of decoding on the clock; what lies between two pieces is the caller's time, not ours.
    pub(crate) fn timed<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let done = work(self)?;
        self.spend(start)?;
        Ok(done)
    }

    /// Takes the time since `start` from the budget.
    pub(crate) fn spend(&mut self, start: Instant) -> Result<()> {
        self.spent += start.elapsed();
        within(LimitKind::DecodeTimeMs, millis(self.spent), millis(self.limits.decode_time))
    }

    /// Time that is left.
    pub(crate) fn left(&self) -> Duration {
        self.limits.decode_time.saturating_sub(self.spent)
    }

    /// Checks the clock in the middle of a piece of work that began at `start`.
    pub(crate) fn still_in_time(&self, start: Instant) -> Result<()> {
        within(LimitKind::DecodeTimeMs, millis(self.spent + start.elapsed()), millis(self.limits.decode_time))
    }

    /// Bytes that one decoder may allocate: twice the largest picture in RGBA with 16 bits, and some for tables.
    pub(crate) fn memory(&self) -> u64 {
        self.limits.pixels.saturating_mul(16).saturating_add(64 << 20)
    }
}

/// Luma samples of a picture at level 6.2, the highest of HEVC, AV1 and VP9. Source: ITU-T H.265, table A.8.
const LEVEL_6_2: u64 = 35_651_584;

/// `media.limit_exceeded` when `actual` is above `allowed`.
pub(crate) fn within(limit: LimitKind, actual: u64, allowed: u64) -> Result<()> {
    if actual > allowed { Err(Error::MediaLimitExceeded { limit, actual, allowed }) } else { Ok(()) }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_thin_picture_exceeds_the_side() {
        let budget = Budget::new(&DecodeLimits::default(), 10).unwrap();
        assert_eq!(budget.size(16_385, 1).unwrap_err().code(), "media.limit_exceeded");
        assert!(budget.size(16_384, 2).is_ok());
    }

    #[test]
    fn time_spent_adds_up() {
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
