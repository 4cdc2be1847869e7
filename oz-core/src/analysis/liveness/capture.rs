//! Whether the frames come as a camera gives them: always new, never the same stretch twice.

use std::time::Duration;

use super::Presentation;
use crate::analysis::FrameObservation;
use crate::face::pad::{PadEvidence, PadLayer};
use crate::media::MediaKind;

/// Frames whose thumbnails differ by no more than this on average show the same picture.
const SAME_PICTURE: f32 = 0.02;
/// A person cannot hold still for longer than this without a pixel changing.
const FROZEN: Duration = Duration::from_millis(1500);
/// This many frames in a row that were shown before are a loop.
const LOOPED_FRAMES: usize = 8;
/// Comparing every pair of frames is quadratic; beyond this many frames, every n-th is looked at.
const MAX_FRAMES: usize = 600;

/// Looks for a frozen picture and for loops. Only videos have a flow of frames to judge.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let evidence = |score, confidence, reason: String| PadEvidence {
        layer: PadLayer::Capture,
        score,
        confidence,
        reason,
    };
    let all = &presentation.recording.frames;
    if presentation.kind != MediaKind::Video || presentation.recording.span() < FROZEN || all.len() < 10 {
        return evidence(0.5, 0.0, "not a video long enough to judge the flow of frames".into());
    }
    let frames: Vec<_> = all.iter().step_by(all.len().div_ceil(MAX_FRAMES)).collect();
    if let Some(since) = frozen_since(&frames) {
        return evidence(0.05, 0.9, format!("the picture stands still from {:.1} s on", since.as_secs_f32()));
    }
    if let Some((first, again)) = loop_in(&frames) {
        let reason = format!(
            "what is shown at {:.1} s is shown again at {:.1} s",
            first.as_secs_f32(),
            again.as_secs_f32()
        );
        return evidence(0.05, 0.9, reason);
    }
    evidence(0.5, 1.0, format!("{} frames, none frozen or repeated", all.len()))
}

/// Start of the first stretch without any change that lasts too long.
fn frozen_since(frames: &[&FrameObservation]) -> Option<Duration> {
    let mut since = frames.first()?;
    for pair in frames.windows(2) {
        if pair[0].thumbnail.difference(&pair[1].thumbnail) > SAME_PICTURE {
            since = &pair[1];
        } else if pair[1].time - since.time >= FROZEN {
            return Some(since.time);
        }
    }
    None
}

/// Times of a stretch of changing frames and of its repetition.
fn loop_in(frames: &[&FrameObservation]) -> Option<(Duration, Duration)> {
    let changes =
        |index: usize| frames[index].thumbnail.difference(&frames[index - 1].thumbnail) > SAME_PICTURE;
    for lag in LOOPED_FRAMES..frames.len() {
        let mut run = 0;
        for later in lag..frames.len() {
            let repeats = frames[later].thumbnail.difference(&frames[later - lag].thumbnail) <= SAME_PICTURE;
            run = if repeats && changes(later) { run + 1 } else { 0 };
            if run >= LOOPED_FRAMES {
                return Some((frames[later - lag].time, frames[later].time));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Frame, Image};

    /// A recording at 10 frames a second whose picture number `n` shows the pattern `pattern(n)`.
    fn frames(count: u64, pattern: impl Fn(u64) -> u64) -> Vec<FrameObservation> {
        (0..count)
            .map(|index| {
                let phase = pattern(index);
                let image = Image::from_fn(64, 64, |x, y| [((u64::from(x * y) + phase * 37) % 251) as u8; 3]);
                let frame = Frame { image, time: Duration::from_millis(index * 100), index };
                FrameObservation::new(&frame, Vec::new(), None)
            })
            .collect()
    }

    #[test]
    fn a_still_picture_is_frozen() {
        let recorded = frames(40, |n| n.min(15));
        let frozen = frozen_since(&recorded.iter().collect::<Vec<_>>());
        assert_eq!(frozen, Some(Duration::from_millis(1500)));
    }

    #[test]
    fn a_repeated_stretch_is_a_loop() {
        let recorded = frames(40, |n| n % 20);
        assert!(loop_in(&recorded.iter().collect::<Vec<_>>()).is_some());
    }

    #[test]
    fn a_changing_picture_is_neither() {
        let recorded = frames(40, |n| n);
        let all: Vec<_> = recorded.iter().collect();
        assert_eq!((frozen_since(&all), loop_in(&all)), (None, None));
    }
}
