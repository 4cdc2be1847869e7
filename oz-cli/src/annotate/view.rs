//! Mapping from pixels of a photo to pixels of a drawn picture.

use oz::core::face::{BoundingBox, Point};

/// Enlargement and crop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct View {
    /// Drawn pixels per pixel of the photo.
    pub(super) scale: f32,
    /// Position in the photo that is drawn at the top left corner.
    pub(super) origin: Point,
}

impl View {
    /// View of a whole photo.
    pub(super) fn whole(scale: f32) -> Self {
        Self { scale, origin: Point::new(0.0, 0.0) }
    }

    pub(super) fn point(&self, point: Point) -> Point {
        Point::new((point.x - self.origin.x) * self.scale, (point.y - self.origin.y) * self.scale)
    }

    pub(super) fn area(&self, area: &BoundingBox) -> BoundingBox {
        let corner = self.point(Point::new(area.x, area.y));
        BoundingBox::new(corner.x, corner.y, area.width * self.scale, area.height * self.scale)
    }
}
