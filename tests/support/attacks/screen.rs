//! Recordings replayed on a screen.

use std::f32::consts::TAU;

use oz::Image;

use super::pixels::{compressed, frame, noisy, sample, toned};
use super::{RATE, Random, SIDE};

/// Frames of a camera in front of a screen that plays the recording.
pub fn replay(recording: &[Image], random: &mut Random) -> Vec<Image> {
    let screen = Screen::by(random);
    let seen = recording.iter().enumerate().map(|(index, picture)| {
        let shown = screen.shown(picture, index as f32 / RATE);
        compressed(&noisy(&shown, 1.5, random), screen.quality)
    });
    seen.collect()
}

struct Screen {
    /// Camera pixels per screen pixel.
    grid: f32,
    depth: f32,
    gamma: f32,
    white: [f32; 3],
    /// Visible width of the bezel, in pixels.
    bezel: f32,
    /// Rolling bands: speed in picture heights per second, and depth.
    band: (f32, f32),
    moire: (f32, f32, f32),
    quality: u8,
}

impl Screen {
    fn by(random: &mut Random) -> Self {
        Self {
            grid: random.within(2.1, 3.4),
            depth: random.within(0.03, 0.16),
            gamma: random.within(0.85, 1.2),
            white: [random.within(0.86, 0.98), random.within(0.92, 1.0), random.within(0.98, 1.1)],
            bezel: random.within(0.0, 24.0),
            band: (random.within(0.2, 1.5), random.within(0.0, 0.06)),
            moire: (random.within(0.02, 0.12), random.within(0.02, 0.12), random.within(0.0, 0.05)),
            quality: 70 + random.below(25) as u8,
        }
    }

    fn shown(&self, picture: &Image, time: f32) -> Image {
        let side = SIDE as f32;
        let toned = toned(picture, |value, c| 255.0 * (value / 255.0).powf(self.gamma) * self.white[c]);
        frame(|x, y| {
            if x.min(y).min(side - 1.0 - x).min(side - 1.0 - y) < self.bezel {
                return [14.0, 14.0, 16.0];
            }
            let grid =
                1.0 - self.depth + self.depth * (x * TAU / self.grid).sin() * (y * TAU / self.grid).sin();
            let band = 1.0 + self.band.1 * ((y / side - time * self.band.0) * TAU).sin();
            let moire = 1.0 + self.moire.2 * ((x * self.moire.0 + y * self.moire.1) * TAU).sin();
            sample(&toned, x, y).map(|value| value * grid * band * moire)
        })
    }
}
