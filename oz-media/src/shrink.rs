//! Small pictures of large ones.

use image::{ImageBuffer, Rgb, imageops};
use oz_core::media::Image;

/// `image` with its longer side at most `side` pixels (at least 1), each pixel the mean of those that it stands for. A
/// picture that is small enough stays as it is.
#[must_use]
pub fn shrunk(image: &Image, side: u32) -> Image {
    let (width, height) = (image.width(), image.height());
    let (side, longer) = (side.max(1), width.max(height));
    if longer <= side {
        return image.clone();
    }
    let scaled =
        |length: u32| (u64::from(length) * u64::from(side)).div_ceil(u64::from(longer)).max(1) as u32;
    let pixels: ImageBuffer<Rgb<u8>, &[u8]> =
        ImageBuffer::from_raw(width, height, image.pixels()).expect("an image fits its size");
    let small = imageops::thumbnail(&pixels, scaled(width), scaled(height));
    let (width, height) = small.dimensions();
    Image::from_rgb(width, height, small.into_raw()).expect("a thumbnail fits its size")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(size: (u32, u32), side: u32, expected: (u32, u32)) {
        let small = shrunk(&Image::from_fn(size.0, size.1, |_, _| [10, 200, 90]), side);
        assert_eq!((small.width(), small.height()), expected);
        assert_eq!(small.pixel(0, 0), [10, 200, 90]);
    }

    #[test]
    fn the_longer_side_gets_the_length_and_no_side_vanishes() {
        check((640, 480), 256, (256, 192));
        check((480, 640), 256, (192, 256));
        check((3000, 2), 100, (100, 1));
        check((10, 20), 256, (10, 20));
        check((10, 20), 0, (1, 1));
    }
}
