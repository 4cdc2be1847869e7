//! Letterboxing: fitting a whole image into a network's input while keeping its aspect ratio.

use oz_core::face::{BoundingBox, Point};
use oz_core::media::Image;

use super::resize::{Region, resize_area, resize_bilinear};

/// Position and scale of an image in a network's input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letterbox {
    /// Input pixels per image pixel.
    pub scale: f32,
    /// Padding columns to the left of the image.
    pub x: f32,
    /// Padding rows above the image.
    pub y: f32,
}

impl Letterbox {
    /// Maps a point from input pixels to image pixels.
    #[must_use]
    pub fn to_image(&self, p: Point) -> Point {
        Point::new((p.x - self.x) / self.scale, (p.y - self.y) / self.scale)
    }

    /// Maps a point from image pixels to input pixels.
    #[must_use]
    pub fn to_input(&self, p: Point) -> Point {
        Point::new(p.x * self.scale + self.x, p.y * self.scale + self.y)
    }

    /// Maps a box from input pixels to image pixels.
    #[must_use]
    pub fn box_to_image(&self, b: &BoundingBox) -> BoundingBox {
        let corner = self.to_image(Point::new(b.x, b.y));
        BoundingBox::new(corner.x, corner.y, b.width / self.scale, b.height / self.scale)
    }
}

/// Scales an image to fit into `width` x `height` pixels, centres it, and fills the rest with `padding` in
/// all channels.
///
/// # Panics
/// If `width` or `height` is zero.
#[must_use]
pub fn letterbox(image: &Image, width: u32, height: u32, padding: u8) -> (Image, Letterbox) {
    let (across, down) = (f64::from(image.width()), f64::from(image.height()));
    let scale = (f64::from(width) / across).min(f64::from(height) / down);
    let fit = |length: f64, limit: u32| ((length * scale).round_ties_even() as u32).clamp(1, limit);
    let (inner_width, inner_height) = (fit(across, width), fit(down, height));

    let resized = if scale < 1.0 {
        resize_area(image, inner_width, inner_height)
    } else {
        resize_bilinear(image, Region::whole(image), inner_width, inner_height)
    };

    let (x, y) = ((width - inner_width) / 2, (height - inner_height) / 2);
    (pad(resized, width, height, x, y, padding), Letterbox { scale: scale as f32, x: x as f32, y: y as f32 })
}

/// Places `inner` at `x`, `y` on a canvas of `width` x `height` pixels.
fn pad(inner: Image, width: u32, height: u32, x: u32, y: u32, padding: u8) -> Image {
    if (inner.width(), inner.height()) == (width, height) {
        return inner;
    }

    let (stride, row) = (width as usize * 3, inner.width() as usize * 3);
    let mut pixels = vec![padding; stride * height as usize];
    let lines = pixels.chunks_exact_mut(stride).skip(y as usize);
    for (line, source) in lines.zip(inner.pixels().chunks_exact(row)) {
        line[x as usize * 3..][..row].copy_from_slice(source);
    }
    Image::from_rgb(width, height, pixels).expect("the buffer has the size of the image")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_image_is_padded_above_and_below() {
        let image = Image::from_fn(64, 32, |_, _| [200; 3]);
        let (boxed, place) = letterbox(&image, 16, 16, 9);
        assert_eq!(place, Letterbox { scale: 0.25, x: 0.0, y: 4.0 });
        assert_eq!(
            [boxed.pixel(0, 3), boxed.pixel(0, 4), boxed.pixel(15, 11), boxed.pixel(15, 12)],
            [[9; 3], [200; 3], [200; 3], [9; 3]]
        );
    }

    #[test]
    fn small_image_is_enlarged() {
        let (boxed, place) = letterbox(&Image::from_fn(4, 8, |_, _| [50; 3]), 16, 16, 0);
        assert_eq!(place, Letterbox { scale: 2.0, x: 4.0, y: 0.0 });
        assert_eq!((boxed.pixel(3, 0), boxed.pixel(4, 0)), ([0; 3], [50; 3]));
    }

    #[test]
    fn very_narrow_image_keeps_one_column() {
        let (boxed, _) = letterbox(&Image::from_fn(1, 4000, |_, _| [50; 3]), 16, 16, 0);
        assert_eq!(boxed.pixel(7, 8), [50; 3]);
    }

    proptest! {
        #[test]
        fn to_image_inverts_to_input(
            width in 1u32..300,
            height in 1u32..300,
            x in -50.0f32..350.0,
            y in -50.0f32..350.0,
        ) {
            let (_, place) = letterbox(&Image::from_fn(width, height, |_, _| [0; 3]), 128, 96, 0);
            let p = Point::new(x, y);
            prop_assert!(place.to_image(place.to_input(p)).distance(p) < 1e-2);
        }
    }
}
