//! Detection of frozen and repeated frames.

use std::time::Duration;

use crate::analysis::FrameObservation;

/// Maximum mean difference, 0..=255, between thumbnails of the same picture. Frames of a camera, even of a
/// resting one, differ by 0.1 and more.
pub(super) const SAME_PICTURE: f32 = 0.02;
/// Minimum duration of a frozen stretch. No live recording stays without a change for that long.
pub(super) const FROZEN: Duration = Duration::from_millis(1500);

/// Whether two frames show the same picture.
pub(super) fn is_same(a: &FrameObservation, b: &FrameObservation) -> bool {
    a.thumbnail.difference(&b.thumbnail) <= SAME_PICTURE
}

/// Start of the first stretch of at least [`FROZEN`] without a change.
pub(super) fn frozen_since(frames: &[&FrameObservation]) -> Option<Duration> {
    let mut since = frames.first()?;
    for pair in frames.windows(2) {
        if !is_same(pair[0], pair[1]) {
            since = &pair[1];
        } else if pair[1].time - since.time >= FROZEN {
            return Some(since.time);
        }
    }
    None
}

/// Share of frames, 0..=1, that show the same picture as the previous one.
pub(super) fn repeated_share(frames: &[FrameObservation]) -> f32 {
    let repeated = frames.windows(2).filter(|pair| is_same(&pair[0], &pair[1])).count();
    repeated as f32 / frames.len().saturating_sub(1).max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::super::testing::frames;
    use super::*;

    #[test]
    fn still_picture_is_frozen() {
        let recorded = frames(40, |n| n.min(15));
        let frozen = frozen_since(&recorded.iter().collect::<Vec<_>>());
        assert_eq!(frozen, Some(Duration::from_millis(1500)));
        assert!(frozen_since(&frames(40, |n| n).iter().collect::<Vec<_>>()).is_none());
    }

    #[test]
    fn source_of_half_the_frame_rate_repeats_half_the_frames() {
        assert!((repeated_share(&frames(41, |n| n / 2)) - 0.5).abs() < 0.02);
        assert_eq!(repeated_share(&frames(41, |n| n)), 0.0);
    }
}
