//! Presentations generated from one portrait.

use std::f32::consts::{PI, TAU};
use std::time::Duration;

use oz::core::face::SimilarityTransform;
use oz::core::face::alignment::warp;
use oz::core::media::MediaKind;
use oz::{Frame, Gesture, Image, Media, Result};

/// Presentation to a camera.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) media: Media,
    pub(crate) requested: Vec<Gesture>,
}

const FRAMES_PER_SECOND: f32 = 15.0;

/// Variants of the portrait, as other cameras and transmissions would deliver it.
pub(crate) fn probes(portrait: &Image) -> Result<Vec<(&'static str, Media)>> {
    let dim = map(portrait, |value| value * 0.45);
    Ok(vec![
        ("identical image", portrait.into()),
        ("one third of the size", scaled(portrait, 1.0 / 3.0).into()),
        ("JPEG at quality 15", oz::media::encode_jpeg(portrait, 15)?.into()),
        ("45 % of the brightness", dim.into()),
        ("mirror image", portrait.mirrored().into()),
    ])
}

/// The portrait and attacks generated from it.
pub(crate) fn presentations(portrait: &Image) -> Vec<Scene> {
    let scene =
        |name, frames| Scene { name, media: Media::Frames(MediaKind::Video, frames), requested: Vec::new() };
    let swaying =
        frames(45, |time| nudged(portrait, 3.0 * (time * 2.1).sin(), 2.0 * (time * 3.3).cos(), time));
    let looped = swaying[..20].iter().cycle().take(60).cloned().collect();

    vec![
        Scene { name: "portrait, single image", media: portrait.into(), requested: Vec::new() },
        scene(
            "printed photo, turned to both sides",
            frames(60, |time| turned_plane(portrait, 0.65 * (time * PI / 2.0).sin())),
        ),
        scene(
            "screen with a visible pixel grid",
            frames(20, |time| on_screen(&nudged(&close_up(portrait), time.sin(), 0.0, time))),
        ),
        scene("single frame, repeated for 3 s", frames(45, |_| portrait.clone())),
        scene("video segment, looped", renumbered(looped)),
        Scene {
            name: "photo, asked to turn left and smile",
            media: Media::Frames(MediaKind::Video, swaying),
            requested: super::REQUESTED.to_vec(),
        },
    ]
}

fn frames(count: u32, mut picture: impl FnMut(f32) -> Image) -> Vec<Frame> {
    let times = (0..count).map(|index| index as f32 / FRAMES_PER_SECOND);
    renumbered(
        times
            .map(|time| Frame { image: picture(time), time: Duration::from_secs_f32(time), index: 0 })
            .collect(),
    )
}

fn renumbered(mut frames: Vec<Frame>) -> Vec<Frame> {
    for (index, frame) in frames.iter_mut().enumerate() {
        frame.index = index as u64;
        frame.time = Duration::from_secs_f32(index as f32 / FRAMES_PER_SECOND);
    }
    frames
}

fn map(image: &Image, change: impl Fn(f32) -> f32) -> Image {
    let pixels =
        image.pixels().iter().map(|&value| change(f32::from(value)).clamp(0.0, 255.0) as u8).collect();
    Image::from_rgb(image.width(), image.height(), pixels).expect("the size is unchanged")
}

fn scaled(image: &Image, factor: f32) -> Image {
    let back = SimilarityTransform { a: 1.0 / factor, b: 0.0, tx: 0.0, ty: 0.0 };
    warp(image, &back, (image.width() as f32 * factor) as u32, (image.height() as f32 * factor) as u32)
}

/// The face magnified by 2, as on a screen held close to a webcam.
fn close_up(portrait: &Image) -> Image {
    let back = SimilarityTransform { a: 0.5, b: 0.0, tx: 96.0, ty: 8.0 };
    warp(portrait, &back, 512, 512)
}

/// The image shifted by fractions of a pixel, with sensor noise.
fn nudged(image: &Image, dx: f32, dy: f32, time: f32) -> Image {
    let back = SimilarityTransform { a: 1.0, b: 0.0, tx: dx, ty: dy };
    let moved = warp(image, &back, image.width(), image.height());
    let seed = (time * 1000.0) as u32;
    let noisy = moved.pixels().iter().enumerate().map(|(index, &value)| {
        let noise = (hash(index as u32 ^ seed.wrapping_mul(0x9E37_79B9)) % 9) as i16 - 4;
        (i16::from(value) + noise).clamp(0, 255) as u8
    });
    Image::from_rgb(image.width(), image.height(), noisy.collect()).expect("the size is unchanged")
}

fn hash(value: u32) -> u32 {
    let value = (value ^ (value >> 16)).wrapping_mul(0x7FEB_352D);
    (value ^ (value >> 15)).wrapping_mul(0x846C_A68B)
}

/// A flat print rotated about its vertical axis by `angle` radians, in perspective, in front of a grey wall.
fn turned_plane(print: &Image, angle: f32) -> Image {
    let (width, height) = (print.width() as f32, print.height() as f32);
    let (sin, cos) = angle.sin_cos();
    let distance = 2.0 * width;
    Image::from_fn(print.width(), print.height(), |x, y| {
        let (u, v) = (x as f32 - width / 2.0, y as f32 - height / 2.0);
        // The ray through the pixel intersects the rotated plane at `along` on the print, at `depth` relative
        // to the distance of the unrotated plane.
        let along = u * distance / (distance * cos - u * sin);
        let depth = 1.0 + along * sin / distance;
        let source = (along * 1.15 + width / 2.0, v * depth * 1.15 + height / 2.0);
        sample(print, source).unwrap_or([128, 126, 122])
    })
}

/// Nearest pixel; `None` outside the image.
fn sample(image: &Image, (x, y): (f32, f32)) -> Option<[u8; 3]> {
    let inside = x >= 0.0 && y >= 0.0 && x < image.width() as f32 && y < image.height() as f32;
    inside.then(|| image.pixel(x as u32, y as u32))
}

/// The image on a screen, whose pixel grid interferes with that of the camera.
fn on_screen(image: &Image) -> Image {
    Image::from_fn(image.width(), image.height(), |x, y| {
        let pixel = image.pixel(x, y);
        let grid = 0.84 + 0.16 * ((x as f32 * TAU / 2.7).sin() * (y as f32 * TAU / 3.1).sin());
        pixel.map(|value| (f32::from(value) * grid).min(255.0) as u8)
    })
}
