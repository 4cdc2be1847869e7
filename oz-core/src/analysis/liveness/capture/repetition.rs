//! Detection of loops: a stretch of movement that is shown twice.
//!
//! No two stretches of a moving person are equal. In a loop they are, up to the effect of a second
//! compression, which is small against the movement. The minimum of that ratio over all pairs of seconds of
//! live recordings is 0.8. A gesture that is made twice may look the same both times, but not the movement
//! before and after it; a repetition therefore has to be longer than a gesture.

use std::time::Duration;

use crate::analysis::FrameObservation;

/// Length of a stretch: movement is measured over it, and it is the minimum lag of a repetition.
const STRETCH: Duration = Duration::from_secs(1);
const MIN_FRAMES: usize = 8;
/// Minimum length of a repetition in stretches.
const REPETITION: f32 = 1.5;
/// Minimum movement: mean change of a thumbnail, 0..=255, from the first half of a stretch to the second.
const MOVEMENT: f32 = 0.8;
/// Maximum difference of a frame from the earlier one that it repeats, as a share of the movement.
const REPEATS: f32 = 0.35;

/// Times of the first stretch that is repeated and of its repetition.
pub(super) fn find(frames: &[&FrameObservation]) -> Option<(Duration, Duration)> {
    let stretch = stretch(frames)?;
    let movement = movement(frames, stretch / 2);
    let repetition = (stretch as f32 * REPETITION) as usize;

    (stretch..(frames.len() + 1).saturating_sub(repetition)).find_map(|lag| {
        let mut run = 0;
        for later in lag..frames.len() {
            // Each frame is held against the movement of the stretch that ends with it.
            let end = (later + 1).max(stretch);
            let moved = movement[end - stretch / 2..end].iter().sum::<f32>() / (stretch / 2) as f32;
            let difference = frames[later].thumbnail.difference(&frames[later - lag].thumbnail);
            let repeats = moved > MOVEMENT && difference < REPEATS * moved;

            run = if repeats { run + 1 } else { 0 };
            if run >= repetition {
                let start = later + 1 - repetition;
                return Some((frames[start - lag].time, frames[start].time));
            }
        }
        None
    })
}

/// Number of frames in a stretch; `None` when the recording is shorter than two stretches.
fn stretch(frames: &[&FrameObservation]) -> Option<usize> {
    let span = frames.last()?.time.checked_sub(frames.first()?.time)?;
    let rate = (frames.len() - 1) as f32 / span.as_secs_f32().max(1e-3);
    let stretch = ((rate * STRETCH.as_secs_f32()).round() as usize).max(MIN_FRAMES);
    (2 * stretch <= frames.len()).then_some(stretch)
}

/// Difference of each frame from the one `step` frames earlier; zero for the first frames.
fn movement(frames: &[&FrameObservation], step: usize) -> Vec<f32> {
    (0..frames.len())
        .map(|index| match index.checked_sub(step) {
            Some(earlier) => frames[index].thumbnail.difference(&frames[earlier].thumbnail),
            None => 0.0,
        })
        .collect()
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
    fn repeated_stretch_is_a_loop() {
        assert!(found(&frames(40, |n| n % 20)).is_some());
        assert!(found(&frames(40, |n| n)).is_none());
    }

    /// A moving bright square with noise that differs in every frame, like that of a second compression.
    fn moving_square(count: u64, place: impl Fn(u64) -> f32) -> Vec<FrameObservation> {
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
    fn loop_is_found_despite_compression_noise() {
        assert!(found(&moving_square(48, |n| ((n % 24) as f32 * 0.26).sin())).is_some());
    }

    #[test]
    fn movement_without_repetition_is_no_loop() {
        assert!(found(&moving_square(48, |n| (n as f32 * 0.26).sin() + (n as f32 * 0.071).cos())).is_none());
    }

    /// Two gestures that are equal in every frame, with other movement before, between and after.
    #[test]
    fn repeated_gesture_is_no_loop() {
        let gesture = |n: u64| (n as f32 * 0.26).sin();
        let place = |n: u64| match n {
            8..20 => gesture(n - 8),
            28..40 => gesture(n - 28),
            n => 1.4 - n as f32 * 0.06,
        };
        assert!(found(&moving_square(48, place)).is_none());
    }

    #[test]
    fn still_picture_is_no_loop() {
        assert!(found(&moving_square(48, |_| 0.0)).is_none());
    }
}
