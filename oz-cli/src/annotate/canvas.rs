//! Pixels and how colour is laid on them.

use image::RgbImage;
use image::imageops::{self, FilterType};
use oz::Image;
use oz::core::face::{BoundingBox, Point};

use super::palette::Colour;
use super::shape::Shape;

/// Picture that can be drawn on.
pub(super) struct Canvas(RgbImage);

impl Canvas {
    pub(super) fn filled((width, height): (u32, u32), colour: Colour) -> Self {
        Self(RgbImage::from_pixel(width, height, image::Rgb(colour)))
    }

    /// A copy of `image` with another size.
    pub(super) fn resized(image: &Image, (width, height): (u32, u32)) -> Self {
        let source = RgbImage::from_raw(image.width(), image.height(), image.pixels().to_vec())
            .expect("an image has three bytes per pixel");
        if source.dimensions() == (width, height) {
            return Self(source);
        }
        Self(imageops::resize(&source, width, height, FilterType::CatmullRom))
    }

    pub(super) fn paste(&mut self, other: &Self, (left, top): (i64, i64)) {
        imageops::replace(&mut self.0, &other.0, left, top);
    }

    pub(super) fn into_image(self) -> Image {
        let (width, height) = self.0.dimensions();
        Image::from_rgb(width, height, self.0.into_raw()).expect("a canvas has three bytes per pixel")
    }

    /// Size in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// Draws the union of `shapes`, so that crossings are not darker than the rest. `opacity` is 0..=1.
    pub(super) fn paint(&mut self, shapes: &[Shape], colour: Colour, opacity: f32) {
        let Some(region) = Region::around(shapes, self.size()) else { return };
        let mut mask = vec![0.0_f32; region.width * region.height];
        for shape in shapes {
            let Some(part) = Region::of(&shape.bounds(), self.size()) else { continue };
            for (x, y) in part.pixels() {
                let point = Point::new(x as f32 + 0.5, y as f32 + 0.5);
                let at = (y as usize - region.top) * region.width + (x as usize - region.left);
                mask[at] = mask[at].max(shape.coverage(point));
            }
        }

        for ((x, y), coverage) in region.pixels().zip(mask) {
            if coverage > 0.0 {
                self.blend(x, y, colour, coverage * opacity);
            }
        }
    }

    /// Mixes `colour` into the pixel at `x`, `y` by `share`, 0..=1. Does nothing outside the canvas.
    pub(super) fn blend(&mut self, x: u32, y: u32, colour: Colour, share: f32) {
        if let Some(pixel) = self.0.get_pixel_mut_checked(x, y) {
            for (value, wanted) in pixel.0.iter_mut().zip(colour) {
                *value = (f32::from(*value) + (f32::from(wanted) - f32::from(*value)) * share).round() as u8;
            }
        }
    }
}

/// Rectangle of whole pixels inside the canvas.
struct Region {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Region {
    /// Pixels that `area` touches; `None` if there are none.
    fn of(area: &BoundingBox, (width, height): (u32, u32)) -> Option<Self> {
        let (left, top) = (area.x.max(0.0) as usize, area.y.max(0.0) as usize);
        let right = (area.right().ceil().max(0.0) as usize).min(width as usize);
        let bottom = (area.bottom().ceil().max(0.0) as usize).min(height as usize);
        (left < right && top < bottom).then(|| Self { left, top, width: right - left, height: bottom - top })
    }

    fn around(shapes: &[Shape], size: (u32, u32)) -> Option<Self> {
        let corners = shapes.iter().flat_map(|shape| {
            let bounds = shape.bounds();
            [Point::new(bounds.x, bounds.y), Point::new(bounds.right(), bounds.bottom())]
        });
        Self::of(&BoundingBox::around(corners)?, size)
    }

    fn pixels(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let (left, right) = (self.left as u32, (self.left + self.width) as u32);
        (self.top..self.top + self.height).flat_map(move |y| (left..right).map(move |x| (x, y as u32)))
    }
}
