//! Capture layer: flow of the frames. A camera gives new frames all the time, no stretch twice, and no cut.
//!
//! Only videos are judged; the times of a shot set are made up. Some artefacts are ignored because live
//! recordings show them as well: uneven frame times (phones have a variable frame rate), bands that roll
//! through the picture (mains lamps in front of a rolling shutter), blocks of an earlier compression (phones
//! and messengers compress again).

mod repetition;
mod splice;
mod stillness;

use super::Presentation;
use crate::analysis::FrameObservation;
use crate::face::pad::{PadEvidence, PadLayer};
use crate::media::MediaKind;

/// Minimum number of frames to judge.
const MIN_FRAMES: usize = 10;
/// Maximum number of frames to compare pairwise, which is quadratic; longer recordings are thinned evenly.
const MAX_FRAMES: usize = 600;
/// Share of repeated frames from which the source is taken to have had a lower frame rate than the recording.
const PADDED: f32 = 0.3;

/// Detects frozen pictures, loops, cuts and repeated frames.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let all = &presentation.recording.frames;
    let long_enough = presentation.recording.span() >= stillness::FROZEN && all.len() >= MIN_FRAMES;
    if presentation.kind != MediaKind::Video || !long_enough {
        let reason = "not a video of sufficient length to judge the flow of frames";
        return PadEvidence::undecided(PadLayer::Capture, reason);
    }

    if let Some(reason) = alarm(all) {
        return PadEvidence::new(PadLayer::Capture, 0.05, 0.9, reason);
    }

    let repeated = stillness::repeated_share(all);
    if repeated >= PADDED {
        // Little weight: virtual cameras repeat frames, but so do real cameras in the dark.
        let reason = format!("{:.0} % of the frames repeat the previous one", repeated * 100.0);
        return PadEvidence::new(PadLayer::Capture, 0.4, 0.3, reason);
    }

    let reason = format!("{} frames, none frozen, repeated or cut", all.len());
    PadEvidence::new(PadLayer::Capture, PadEvidence::NEUTRAL, 1.0, reason)
}

/// Reason for an attack, or `None` when the frames flow as from a camera.
fn alarm(all: &[FrameObservation]) -> Option<String> {
    let frames: Vec<_> = all.iter().step_by(all.len().div_ceil(MAX_FRAMES)).collect();
    if let Some(since) = stillness::frozen_since(&frames) {
        return Some(format!("the picture is frozen from {:.1} s on", since.as_secs_f32()));
    }
    if let Some((first, again)) = repetition::find(&frames) {
        let (first, again) = (first.as_secs_f32(), again.as_secs_f32());
        return Some(format!("the stretch at {first:.1} s is repeated at {again:.1} s"));
    }

    let cut = splice::find(all)?;
    Some(format!("the recording is cut at {:.1} s: face and picture jump at once", cut.as_secs_f32()))
}

#[cfg(test)]
mod testing {
    use std::time::Duration;

    use crate::analysis::FrameObservation;
    use crate::media::{Frame, Image};

    /// A recording at 10 frames per second whose frame `n` shows random squares determined by `pattern(n)`.
    pub(super) fn frames(count: u64, pattern: impl Fn(u64) -> u64) -> Vec<FrameObservation> {
        pictures(count, |index| {
            let phase = pattern(index);
            Image::from_fn(64, 64, |x, y| {
                let square = u64::from(x / 8 + 8 * (y / 8)) + 1_000 * phase;
                let mixed = square.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                let bright = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 56;
                [bright as u8; 3]
            })
        })
    }

    pub(super) fn pictures(count: u64, picture: impl Fn(u64) -> Image) -> Vec<FrameObservation> {
        let frame = |index| Frame { image: picture(index), time: Duration::from_millis(index * 100), index };
        (0..count).map(|index| FrameObservation::new(&frame(index), Vec::new(), None)).collect()
    }
}
