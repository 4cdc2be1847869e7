//! Injected recordings: looped, frozen, spliced.

use oz::{Gesture, Image};

use super::pixels::{compressed, moved, noisy, toned};
use super::{Head, Pose, Random, Script};

const FRAMES: usize = 34;

/// Sequence that repeats, compressed again on each repetition.
pub fn looped(head: &Head, gesture: Gesture, random: &mut Random) -> Vec<Image> {
    let script = Script::of(&[gesture], random);
    let sequence: Vec<_> = script.pictures(head, random).into_iter().take(10 + random.below(6)).collect();
    (0..FRAMES)
        .map(|index| {
            let quality = 80 + (index / sequence.len() * 5 % 16) as u8;
            compressed(&sequence[index % sequence.len()], quality)
        })
        .collect()
}

/// Recording that freezes in the middle of a movement, like an interrupted stream.
pub fn frozen(head: &Head, gesture: Gesture, random: &mut Random) -> Vec<Image> {
    let mut pictures = Script::of(&[gesture], random).pictures(head, random);
    pictures.truncate(4 + random.below(10));
    let last = pictures.last().unwrap().clone();
    pictures.resize(FRAMES, last);
    pictures
}

/// The requested gestures, each from a separate recording with another position and light.
pub fn spliced(head: &Head, gestures: &[Gesture], random: &mut Random) -> Vec<Image> {
    let mut pictures = Vec::new();
    for gesture in gestures {
        let script = Script::of(&[*gesture], random);
        let (right, down) = (random.sign() * random.within(18.0, 40.0), random.within(-15.0, 15.0));
        let light = 1.0 + random.sign() * random.within(0.08, 0.25);
        for picture in script.pictures(head, random).into_iter().skip(if pictures.is_empty() { 0 } else { 4 })
        {
            let placed = moved(&picture, |x, y| (x - right, y - down));
            pictures.push(noisy(&toned(&placed, |value, _| value * light), 1.0, random));
        }
    }
    pictures
}

/// Still picture of the head, for prints.
pub fn still(head: &Head) -> Image {
    head.render(&Pose::default())
}
