//! Presentation times from the packet list of the program (`-c copy -f framecrc`).

use std::io::BufRead;
use std::time::Duration;

use crate::budget::Budget;
use oz_core::Result;

/// Frame interval where the container has no times: 25 frames per second.
const NOMINAL: Duration = Duration::from_millis(40);

/// Presentation times of the frames, ascending and starting at zero.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    /// Parses lines of `stream, dts, pts, duration, size, checksum` after a header with time base and size.
    ///
    /// # Errors
    /// `media.limit_exceeded` from picture size, number of packets or duration, before decoding.
    pub(super) fn read(list: impl BufRead, budget: &Budget) -> Result<Self> {
        let mut base = (1, 1000);
        let mut ticks: Vec<i64> = Vec::new();

        for line in list.lines().map_while(std::result::Result::ok) {
            if let Some(value) = line.strip_prefix("#tb 0: ") {
                base = fraction(value).unwrap_or(base);
            } else if let Some(value) = line.strip_prefix("#dimensions 0: ") {
                if let Some((width, height)) = dimensions(value) {
                    budget.ensure_video_size(width, height)?;
                }
            } else if !line.starts_with('#') {
                let Some(time) = line.split(',').nth(2).and_then(|field| field.trim().parse().ok()) else {
                    continue;
                };
                ticks.push(time);
                budget.ensure_frames(ticks.len() as u64)?;
            }
        }

        ticks.sort_unstable();
        let first = ticks.first().copied().unwrap_or(0);
        let times = Self(ticks.iter().map(|&time| scaled(time.saturating_sub(first), base)).collect());
        budget.ensure_duration(times.last())?;
        Ok(times)
    }

    /// Number of packets.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Time of the last packet.
    pub(super) fn last(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }

    /// Time of frame `index`; frames beyond the last packet follow at the nominal interval.
    pub(super) fn of(&self, index: u32) -> Duration {
        let beyond = index as usize + 1 - self.0.len().min(index as usize + 1);
        self.0.get(index as usize).copied().unwrap_or_else(|| self.last() + NOMINAL * beyond as u32)
    }
}

fn fraction(text: &str) -> Option<(u64, u64)> {
    let (numerator, denominator) = text.trim().split_once('/')?;
    Some((numerator.parse().ok()?, denominator.parse().ok().filter(|&denominator| denominator > 0)?))
}

fn dimensions(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.trim().split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn scaled(ticks: i64, (numerator, denominator): (u64, u64)) -> Duration {
    let ticks = u128::try_from(ticks).unwrap_or(0);
    let nanos = ticks * u128::from(numerator) * 1_000_000_000 / u128::from(denominator);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use oz_core::media::DecodeLimits;

    use super::*;

    #[test]
    fn packets_are_sorted_into_presentation_order() {
        let list = b"#software: Lavf\n#tb 0: 1/100\n\
            0, 0, 20, 10, 99, 0x1\n0, 10, 40, 10, 9, 0x2\n0, 20, 30, 10, 9, 0x3\n";
        let budget = Budget::new(&DecodeLimits::default(), 0).unwrap();
        let times = Times::read(list.as_slice(), &budget).unwrap();
        let shown: Vec<_> = (0..4).map(|index| times.of(index).as_millis()).collect();
        assert_eq!(shown, [0, 100, 200, 240]);
    }

    #[test]
    fn oversized_pictures_are_refused_before_decoding() {
        let limits = DecodeLimits { pixels: 99, ..DecodeLimits::default() };
        let budget = Budget::new(&limits, 0).unwrap();
        let list = b"#tb 0: 1/100\n#dimensions 0: 10x10\n#sar 0: 1/1\n0, 0, 20, 10, 99, 0x1\n";
        assert_eq!(Times::read(list.as_slice(), &budget).unwrap_err().code(), "media.limit_exceeded");
    }
}
