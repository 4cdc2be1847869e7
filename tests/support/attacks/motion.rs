//! Scripted movements of a head: the ground truth for detected gestures.

use std::f32::consts::PI;
use std::time::Duration;

use oz::Gesture;
use oz::core::media::MediaKind;
use oz::{Frame, Image, Media};

use super::pixels::noisy;
use super::{Head, Pose, RATE, Random};

/// One gesture; times in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    pub gesture: Gesture,
    pub start: f32,
    pub length: f32,
}

impl Play {
    /// Time of its maximum, in seconds.
    pub fn peak(&self) -> f32 {
        self.start + self.length / 2.0
    }
}

/// Sequence of gestures with natural sway.
#[derive(Clone, Debug)]
pub struct Script {
    pub plays: Vec<Play>,
    pub seconds: f32,
    sway: f32,
}

impl Script {
    /// Schedules the gestures with pauses between them.
    pub fn of(gestures: &[Gesture], random: &mut Random) -> Self {
        let mut time = random.within(0.8, 1.0);
        let plays = gestures.iter().map(|&gesture| {
            let length = if gesture == Gesture::Eyes { 0.5 } else { random.within(0.8, 1.0) };
            let play = Play { gesture, start: time, length };
            time += length + random.within(0.2, 0.3);
            play
        });
        let plays = plays.collect();
        Self { plays, seconds: time + 0.2, sway: random.within(0.0, 6.0) }
    }

    /// Pose at a time in seconds.
    pub fn pose(&self, time: f32) -> Pose {
        let sway = |rate: f32, size: f32| size * ((time + self.sway) * rate).sin();
        let mut pose = Pose {
            yaw: sway(1.3, 1.0),
            pitch: sway(0.9, 0.8),
            right: sway(1.7, 1.5),
            down: sway(1.1, 1.0),
            ..Pose::default()
        };

        for play in &self.plays {
            let phase = ((time - play.start) / play.length).clamp(0.0, 1.0);
            let strength = (phase * PI).sin();
            match play.gesture {
                Gesture::Left => pose.yaw += 32.0 * strength,
                Gesture::Right => pose.yaw -= 32.0 * strength,
                Gesture::Down => pose.pitch += 24.0 * strength,
                Gesture::Up => pose.pitch -= 24.0 * strength,
                Gesture::Smile => pose.smile += strength,
                Gesture::Eyes => pose.blink += strength,
                other => panic!("{other} cannot be played"),
            }
        }
        pose
    }

    /// Frames of a head that plays the script.
    pub fn pictures(&self, head: &Head, random: &mut Random) -> Vec<Image> {
        let count = (self.seconds * RATE) as u32;
        let poses = (0..count).map(|frame| self.pose(frame as f32 / RATE));
        poses.map(|pose| noisy(&head.render(&pose), 1.5, random)).collect()
    }
}

/// Pictures as a video.
pub fn video(pictures: Vec<Image>) -> Media {
    Media::Frames(MediaKind::Video, frames(pictures))
}

pub fn frames(pictures: Vec<Image>) -> Vec<Frame> {
    let time = |index: usize| Duration::from_secs_f32(index as f32 / RATE);
    let numbered = pictures.into_iter().enumerate();
    numbered.map(|(index, image)| Frame { image, time: time(index), index: index as u64 }).collect()
}
