//! Enlarged view of a face that is small in its picture.

use oz::core::face::{BoundingBox, Point};
use oz::{Image, ObservedFace};

use super::canvas::Canvas;
use super::view::View;
use super::{face, palette};

/// Maximum width of a face, relative to the longer side of the picture, that is shown enlarged.
const SMALL: f32 = 0.3;
/// Height of the view, relative to its width.
const ASPECT: f32 = 0.78;
/// Height of the view, relative to the larger side of the face: room for forehead and chin.
const ROOM: f32 = 1.34;

/// Size of the close-up of a face in pixels with a width of `width`; `None` for a face that needs none.
pub(super) fn size(observed: &ObservedFace, picture: (u32, u32), width: f32) -> Option<(u32, u32)> {
    let area = observed.face.detection.bounding_box;
    let is_small = area.width < SMALL * picture.0.max(picture.1) as f32;
    (is_small && area.width >= 1.0).then_some((width as u32, (ASPECT * width) as u32))
}

/// Draws a close-up with the mesh.
pub(super) fn draw(image: &Image, observed: &ObservedFace, size: (u32, u32), unit: f32) -> Canvas {
    let area = observed.face.detection.bounding_box;
    let (width, height) = (size.0 as f32, size.1 as f32);
    let scale = height / (ROOM * area.width.max(area.height));

    // The forehead is above the box of the detector.
    let centre = Point::new(area.center().x, area.center().y - 0.08 * area.height);
    let origin = Point::new(centre.x - width / scale / 2.0, centre.y - height / scale / 2.0);
    let view = View { scale, origin };

    let mut canvas = Canvas::filled(size, palette::TRACK);
    paste_part(&mut canvas, image, &view);
    face::draw_mesh(&mut canvas, observed, &view, unit);
    canvas
}

/// Pastes the part of the image that is in view.
fn paste_part(canvas: &mut Canvas, image: &Image, view: &View) {
    let (width, height) = canvas.size();
    let (left, top) = (view.origin.x.floor().max(0.0), view.origin.y.floor().max(0.0));
    let right = (view.origin.x + width as f32 / view.scale).ceil().min(image.width() as f32);
    let bottom = (view.origin.y + height as f32 / view.scale).ceil().min(image.height() as f32);
    if right <= left || bottom <= top {
        return;
    }

    let part = Image::from_fn((right - left) as u32, (bottom - top) as u32, |x, y| {
        image.pixel(left as u32 + x, top as u32 + y)
    });
    let drawn = view.area(&BoundingBox::new(left, top, right - left, bottom - top));
    let size = ((drawn.width.round() as u32).max(1), (drawn.height.round() as u32).max(1));
    canvas.paste(&Canvas::resized(&part, size), (drawn.x.round() as i64, drawn.y.round() as i64));
}
