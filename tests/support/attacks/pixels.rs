//! Operations on pictures.

use oz::Image;

use super::{Random, SIDE};

/// Bilinear interpolation; positions outside the picture are clamped to its edge.
pub fn sample(image: &Image, x: f32, y: f32) -> [f32; 3] {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (x, y) = (x.clamp(0.0, (width - 1) as f32), y.clamp(0.0, (height - 1) as f32));
    let (left, top) = (x as usize, y as usize);
    let (right, below) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (u, v) = (x - left as f32, y - top as f32);
    let pixels = image.pixels();
    let value = |column: usize, row: usize, c: usize| f32::from(pixels[(row * width + column) * 3 + c]);
    std::array::from_fn(|c| {
        let above = value(left, top, c) * (1.0 - u) + value(right, top, c) * u;
        let under = value(left, below, c) * (1.0 - u) + value(right, below, c) * u;
        above * (1.0 - v) + under * v
    })
}

/// Frame with colours computed from positions.
pub fn frame(mut colour: impl FnMut(f32, f32) -> [f32; 3]) -> Image {
    Image::from_fn(SIDE, SIDE, |x, y| colour(x as f32, y as f32).map(|v| v.clamp(0.0, 255.0).round() as u8))
}

/// Frame warped by a map from its positions to positions in a picture.
pub fn moved(image: &Image, from: impl Fn(f32, f32) -> (f32, f32)) -> Image {
    frame(|x, y| {
        let (u, v) = from(x, y);
        sample(image, u, v)
    })
}

/// Applies a function to each value and channel.
pub fn toned(image: &Image, change: impl Fn(f32, usize) -> f32) -> Image {
    let values = image.pixels().iter().enumerate().map(|(at, value)| change(f32::from(*value), at % 3));
    let pixels = values.map(|value| value.clamp(0.0, 255.0).round() as u8).collect();
    Image::from_rgb(image.width(), image.height(), pixels).unwrap()
}

/// Adds sensor noise.
pub fn noisy(image: &Image, strength: f32, random: &mut Random) -> Image {
    let pixels = image.pixels().iter().map(|&value| {
        let noise = random.within(-strength, strength) + random.within(-strength, strength);
        (f32::from(value) + noise).clamp(0.0, 255.0).round() as u8
    });
    Image::from_rgb(image.width(), image.height(), pixels.collect()).unwrap()
}

/// The picture after JPEG compression.
pub fn compressed(image: &Image, quality: u8) -> Image {
    let bytes = oz::media::encode_jpeg(image, quality).unwrap();
    crate::support::shared_oz().decode(bytes).unwrap()
}

/// Box filter with a side of `2 * reach + 1` pixels.
pub fn blurred(image: &Image, reach: i32) -> Image {
    let count = (2 * reach + 1) as f32;
    let along = |image: &Image, dx: i32, dy: i32| {
        frame(|x, y| {
            let mut sum = [0.0; 3];
            for step in -reach..=reach {
                let value = sample(image, x + (dx * step) as f32, y + (dy * step) as f32);
                sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += value);
            }
            sum.map(|sum| sum / count)
        })
    };
    along(&along(image, 1, 0), 0, 1)
}
