//! Prints in front of a camera: held still, bent, turned.

use std::f32::consts::TAU;

use oz::Image;

use super::pixels::{frame, noisy, sample, toned};
use super::{RATE, Random, SIDE};

/// Position of a sheet: angles in radians, offsets in pixels, bend in radians at its edge.
#[derive(Clone, Copy, Debug, Default)]
struct Sheet {
    yaw: f32,
    pitch: f32,
    roll: f32,
    right: f32,
    down: f32,
    bend: f32,
}

const FRAMES: u32 = 32;
/// Distance of the camera in pixels.
const CAMERA: f32 = 800.0;
/// Half the height of the paper, in pixels of the frame.
const HALF: f32 = 150.0;

/// Print held as still as a hand permits.
pub fn print(portrait: &Image, random: &mut Random) -> Vec<Image> {
    let held = trembling(random);
    play(&on_paper(portrait, random), random, held)
}

/// Print bent around its vertical axis by a varying amount.
pub fn bent(portrait: &Image, random: &mut Random) -> Vec<Image> {
    let (held, rate) = (trembling(random), random.within(0.4, 0.7));
    let most = random.within(1.0, 1.35);
    play(&on_paper(portrait, random), random, |time| {
        let bend = most * (0.5 - 0.5 * (time * rate * TAU).cos());
        Sheet { bend, ..held(time) }
    })
}

/// Print turned to both sides and tilted, like a head.
pub fn waved(portrait: &Image, random: &mut Random) -> Vec<Image> {
    let held = trembling(random);
    let (turn, tilt) = (random.within(0.5, 0.75), random.within(0.2, 0.5));
    let (rate, slower) = (random.within(0.3, 0.45), random.within(0.15, 0.25));
    play(&on_paper(portrait, random), random, |time| Sheet {
        yaw: turn * (time * rate * TAU).sin(),
        pitch: tilt * (time * slower * TAU).sin(),
        ..held(time)
    })
}

fn trembling(random: &mut Random) -> impl Fn(f32) -> Sheet + use<> {
    let (phase, size) = (random.within(0.0, TAU), random.within(1.0, 3.0));
    move |time| Sheet {
        right: size * (time * 2.9 + phase).sin(),
        down: size * (time * 2.3 + phase).cos(),
        roll: 0.015 * (time * 1.7 + phase).sin(),
        ..Sheet::default()
    }
}

fn play(paper: &Image, random: &mut Random, held: impl Fn(f32) -> Sheet) -> Vec<Image> {
    let wall: [f32; 3] = std::array::from_fn(|_| random.within(60.0, 190.0));
    let glare = (random.within(0.3, 0.7), random.within(15.0, 50.0));
    (0..FRAMES)
        .map(|index| {
            let sheet = held(index as f32 / RATE);
            noisy(&photographed(paper, wall, &sheet, glare), 1.5, random)
        })
        .collect()
}

/// Printed portrait: halftone dots, a tint, reduced contrast.
fn on_paper(portrait: &Image, random: &mut Random) -> Image {
    let (pitch, angle) = (random.within(2.6, 4.0), random.within(0.2, 0.6));
    let tint: [f32; 3] = [random.within(0.94, 1.02), random.within(0.92, 0.99), random.within(0.82, 0.96)];
    let faded = toned(portrait, |value, c| (30.0 + value * 0.82) * tint[c]);
    let (sin, cos) = angle.sin_cos();
    frame(|x, y| {
        let (u, v) = ((x * cos + y * sin) * TAU / pitch, (y * cos - x * sin) * TAU / pitch);
        let dots = 9.0 * u.sin() * v.sin();
        sample(&faded, x, y).map(|value| value + dots)
    })
}

/// Picture of the sheet in front of a wall, with the reflection of a lamp.
fn photographed(paper: &Image, wall: [f32; 3], sheet: &Sheet, glare: (f32, f32)) -> Image {
    let (sy, cy) = sheet.yaw.sin_cos();
    let (sp, cp) = sheet.pitch.sin_cos();
    let (sr, cr) = sheet.roll.sin_cos();
    // Axes and normal of the sheet, in space.
    let (across, along, normal) = ([cy, 0.0, sy], [-sy * sp, cp, cy * sp], [-sy * cp, -sp, cy * cp]);
    let dot = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let middle = SIDE as f32 / 2.0;

    frame(|x, y| {
        let ray = [x - middle - sheet.right, y - middle - sheet.down, CAMERA];
        let reach = CAMERA * normal[2] / dot(normal, ray);
        let met = [ray[0] * reach, ray[1] * reach, ray[2] * reach - CAMERA];
        let (u, v) = (dot(met, across), dot(met, along));
        let (u, v) = (u * cr + v * sr, v * cr - u * sr);
        let Some(u) = unrolled(u, sheet.bend) else { return wall };
        if u.abs() > HALF * 0.92 || v.abs() > HALF {
            return wall;
        }
        let shine = glare.1 * (-((x / SIDE as f32 - glare.0) * 5.0).powi(2)).exp();
        // The paper is cut slightly smaller than the printed picture.
        sample(paper, middle + u * 1.05, middle + v * 1.05).map(|value| value + shine)
    })
}

/// Position on a sheet bent to a cylinder for a position in the picture; `None` outside the sheet.
fn unrolled(offset: f32, bend: f32) -> Option<f32> {
    if bend < 0.02 {
        return Some(offset);
    }
    let radius = HALF / bend;
    let sine = offset / radius;
    (sine.abs() < 1.0).then(|| radius * sine.asin())
}
