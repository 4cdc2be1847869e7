//! Whether the frames come as a camera gives them: always new, never the same stretch twice, without a cut.
//!
//! Only videos have a flow of frames to judge; the times of a set of shots are made up. What is not judged, since live
//! recordings show it as well: uneven times (phones have a variable frame rate), bands that roll through the picture (lamps
//! on mains make them before a rolling shutter), blocks of an earlier compression (phones and messengers compress again).

mod repetition;
mod splice;
mod stillness;

use super::Presentation;
use crate::analysis::FrameObservation;
use crate::face::pad::{PadEvidence, PadLayer};
use crate::media::MediaKind;

/// Fewer frames have no flow.
const MIN_FRAMES: usize = 10;
/// Comparing every pair of frames is quadratic; beyond this many frames, every n-th is looked at.
const MAX_FRAMES: usize = 600;
/// From this share of repeated frames on, the source had fewer frames than the recording.
const PADDED: f32 = 0.3;

/// Looks for a frozen picture, for loops and for cuts.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let evidence = |score, confidence, reason: String| PadEvidence {
        layer: PadLayer::Capture,
        score,
        confidence,
        reason,
    };
    let all = &presentation.recording.frames;
    let long_enough = presentation.recording.span() >= stillness::FROZEN && all.len() >= MIN_FRAMES;
    if presentation.kind != MediaKind::Video || !long_enough {
        return evidence(0.5, 0.0, "not a video long enough to judge the flow of frames".into());
    }
    if let Some(reason) = alarm(all) {
        return evidence(0.05, 0.9, reason);
    }
    let repeated = stillness::repeated_share(all);
    if repeated >= PADDED {
        // Cameras do so in the dark, programs that stand in for a camera do so always.
        let reason = format!("{:.0} % of the frames repeat the one before", repeated * 100.0);
        return evidence(0.4, 0.3, reason);
    }
    evidence(0.5, 1.0, format!("{} frames, none frozen, repeated or cut", all.len()))
}

fn alarm(all: &[FrameObservation]) -> Option<String> {
    let frames: Vec<_> = all.iter().step_by(all.len().div_ceil(MAX_FRAMES)).collect();
    if let Some(since) = stillness::frozen_since(&frames) {
        return Some(format!("the picture stands still from {:.1} s on", since.as_secs_f32()));
    }
    if let Some((first, again)) = repetition::find(&frames) {
        let (first, again) = (first.as_secs_f32(), again.as_secs_f32());
        return Some(format!("what is shown at {first:.1} s is shown again at {again:.1} s"));
    }
    let cut = splice::find(all)?;
    Some(format!("the recording is cut at {:.1} s: face and picture jump at once", cut.as_secs_f32()))
}

#[cfg(test)]
mod testing {
    use std::time::Duration;

    use crate::analysis::FrameObservation;
    use crate::media::{Frame, Image};

    /// A recording at 10 frames a second whose picture number `n` shows the squares number `pattern(n)`, unlike all others.
    pub(super) fn frames(count: u64, pattern: impl Fn(u64) -> u64) -> Vec<FrameObservation> {
        pictures(count, |index| {
            let phase = pattern(index);
            let bright = |x: u32, y: u32| {
                let square = u64::from(x / 8 + 8 * (y / 8)) + 1_000 * phase;
                let mixed = square.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 56) as u8
            };
            Image::from_fn(64, 64, |x, y| [bright(x, y); 3])
        })
    }

    pub(super) fn pictures(count: u64, picture: impl Fn(u64) -> Image) -> Vec<FrameObservation> {
        let frame = |index| Frame { image: picture(index), time: Duration::from_millis(index * 100), index };
        (0..count).map(|index| FrameObservation::new(&frame(index), Vec::new(), None)).collect()
    }
}
