//! A stretch of movement that is shown twice.
//!
//! No two stretches of a moving person are alike. In a loop they are, up to what a second compression changes: little
//! against what the movement changes. On live recordings the least ratio of the two over all pairs of seconds was .8. Who is
//! asked for one gesture twice may make it alike, but not the rest before and after: a repetition is longer than a gesture.

use std::time::Duration;

use crate::analysis::FrameObservation;

/// Movement is measured over this long, and nothing repeats earlier.
const STRETCH: Duration = Duration::from_secs(1);
const MIN_FRAMES: usize = 8;
/// How many stretches a repetition lasts at least.
const REPETITION: f32 = 1.5;
/// Mean change of a thumbnail, 0..=255, from the first half of a stretch to the second: less is no movement.
const MOVEMENT: f32 = 0.8;
/// A stretch whose frames differ from the earlier ones by less than this share of its movement repeats them.
const REPEATS: f32 = 0.35;

/// Times of a stretch and of its repetition.
pub(super) fn find(frames: &[&FrameObservation]) -> Option<(Duration, Duration)> {
    let stretch = stretch(frames)?;
    let (movement, repetition) = (movement(frames, stretch / 2), (stretch as f32 * REPETITION) as usize);
    (stretch..(frames.len() + 1).saturating_sub(repetition)).find_map(|lag| {
        let difference = |later: usize| frames[later].thumbnail.difference(&frames[later - lag].thumbnail);
        let mut run = 0;
        for later in lag..frames.len() {
            // A run holds against the movement of the stretch that ends with it.
            let end = (later + 1).max(stretch);
            let moved = movement[end - stretch / 2..end].iter().sum::<f32>() / (stretch / 2) as f32;
            let repeats = moved > MOVEMENT && difference(later) < REPEATS * moved;
            run = if repeats { run + 1 } else { 0 };
            if run >= repetition {
                let start = later + 1 - repetition;
                return Some((frames[start - lag].time, frames[start].time));
            }
        }
        None
    })
}

/// Frames in a stretch; `None` when the recording is too short to hold two.
fn stretch(frames: &[&FrameObservation]) -> Option<usize> {
    let span = frames.last()?.time.checked_sub(frames.first()?.time)?;
    let rate = (frames.len() - 1) as f32 / span.as_secs_f32().max(1e-3);
    let stretch = ((rate * STRETCH.as_secs_f32()).round() as usize).max(MIN_FRAMES);
    (2 * stretch <= frames.len()).then_some(stretch)
}

/// How much each frame differs from the one `step` frames earlier.
fn movement(frames: &[&FrameObservation], step: usize) -> Vec<f32> {
    let difference = |index: usize| match index.checked_sub(step) {
        Some(earlier) => frames[index].thumbnail.difference(&frames[earlier].thumbnail),
        None => 0.0,
    };
    (0..frames.len()).map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frames, pictures};
    use super::*;
    use crate::media::Image;

    fn found(recorded: &[FrameObservation]) -> Option<(Duration, Duration)> {
        find(&recorded.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_repeated_stretch_is_a_loop() {
        assert!(found(&frames(40, |n| n % 20)).is_some());
        assert!(found(&frames(40, |n| n)).is_none());
    }

    /// A bright square that wanders, with noise of its own in every frame, as a second compression leaves it.
    fn wandering(count: u64, place: impl Fn(u64) -> f32) -> Vec<FrameObservation> {
        pictures(count, |index| {
            let left = 20.0 + 15.0 * place(index);
            Image::from_fn(64, 64, |x, y| {
                let inside = (x as f32 - left).abs() < 12.0 && (20..50).contains(&y);
                let noise = (x * 7 + y * 13 + index as u32 * 29) % 5;
                [if inside { 200 } else { 60 } + noise as u8; 3]
            })
        })
    }

    #[test]
    fn a_loop_is_seen_through_the_noise_of_a_second_compression() {
        assert!(found(&wandering(48, |n| ((n % 24) as f32 * 0.26).sin())).is_some());
    }

    #[test]
    fn movement_that_never_comes_back_alike_is_none() {
        assert!(found(&wandering(48, |n| (n as f32 * 0.26).sin() + (n as f32 * 0.071).cos())).is_none());
    }

    /// Two gestures that are alike in every frame, with other movement before, between and after.
    #[test]
    fn a_gesture_made_twice_is_no_loop() {
        let gesture = |n: u64| (n as f32 * 0.26).sin();
        let place = |n: u64| match n {
            8..20 => gesture(n - 8),
            28..40 => gesture(n - 28),
            n => 1.4 - n as f32 * 0.06,
        };
        assert!(found(&wandering(48, place)).is_none());
    }

    #[test]
    fn a_resting_picture_is_no_loop() {
        assert!(found(&wandering(48, |_| 0.0)).is_none());
    }
}
