//! One face: mesh, box, pose axes and number.

use oz::ObservedFace;
use oz::core::face::BoundingBox;

use super::canvas::Canvas;
use super::font::Style;
use super::palette::{self, Colour};
use super::shape::Shape;
use super::view::View;
use super::{mesh, pose};

/// Draws a face. `number` is shown at the box where a picture has several faces.
pub(super) fn draw(
    canvas: &mut Canvas,
    observed: &ObservedFace,
    view: &View,
    unit: f32,
    number: Option<usize>,
) {
    draw_mesh(canvas, observed, view, unit);

    let area = view.area(&observed.face.detection.bounding_box);
    let stroke = stroke(&area, unit);
    let width = 1.8 * stroke.max(0.8);
    let frame = Shape::Frame { area, radius: 0.06 * area.width, width };
    with_halo(canvas, &[frame], palette::BOX, 0.95, 0.7 * width);
    pose::draw(canvas, &observed.face, view, stroke.max(0.8));
    if let Some(number) = number {
        tag(canvas, &number.to_string(), &area, unit);
    }
}

/// Draws the mesh alone.
pub(super) fn draw_mesh(canvas: &mut Canvas, observed: &ObservedFace, view: &View, unit: f32) {
    let stroke = stroke(&view.area(&observed.face.detection.bounding_box), unit);
    mesh::draw(canvas, &observed.face.mesh, view, stroke);
}

/// Width of a line in pixels: a small face has thinner lines than the picture has room for.
fn stroke(area: &BoundingBox, unit: f32) -> f32 {
    (area.width / 240.0).clamp(0.6, 1.6 * unit)
}

/// Draws shapes above a darker edge of `halo` pixels, so that they are visible on light and dark pictures.
pub(super) fn with_halo(canvas: &mut Canvas, shapes: &[Shape], colour: Colour, opacity: f32, halo: f32) {
    let edges: Vec<Shape> = shapes.iter().map(|shape| shape.grown(halo)).collect();
    canvas.paint(&edges, palette::HALO, 0.3 * opacity);
    canvas.paint(shapes, colour, opacity);
}

/// Writes a number into the upper left corner of a box, inside the picture.
fn tag(canvas: &mut Canvas, text: &str, area: &BoundingBox, unit: f32) {
    let style = Style::semi_bold(14.0 * unit);
    let (width, height) = (style.width(text) + 12.0 * unit, style.line_height());
    let (right, bottom) = canvas.size();
    let left = area.x.min(right as f32 - width).max(0.0);
    let top = (area.y - height).min(bottom as f32 - height).max(0.0);

    let plate = Shape::Plate { area: BoundingBox::new(left, top, width, height), radius: 4.0 * unit };
    canvas.paint(&[plate], palette::BOX, 0.95);
    style.draw(canvas, (left + 6.0 * unit, top), text, palette::BACKGROUND);
}
