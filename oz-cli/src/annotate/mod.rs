//! Pictures with results drawn into them: box, mesh and pose axes of each face, and beside them a panel with
//! verdict, evidence and quality.
//!
//! Sizes are in pixels of the drawn picture, which shows the photo or frame enlarged or reduced; see
//! [`layout`].

mod canvas;
mod close_up;
mod face;
mod font;
mod layout;
mod mesh;
mod palette;
mod panel;
mod pose;
mod recording;
mod shape;
mod topology;
mod view;
mod wrap;

use oz::{Image, Liveness, LivenessPolicy, ObservedFace};

pub(crate) use recording::write_frames;

use canvas::Canvas;
use layout::Layout;
use panel::Panel;
use view::View;

/// Content of one drawn picture.
#[derive(Clone, Copy)]
pub(crate) struct Annotation<'a> {
    pub(crate) faces: &'a [ObservedFace],
    pub(crate) liveness: &'a Liveness,
    /// Source of the thresholds in the panel.
    pub(crate) policy: &'a LivenessPolicy,
}

/// Draws an annotated copy of `image`.
pub(crate) fn draw(image: &Image, annotation: &Annotation<'_>) -> Image {
    let layout = Layout::new((image.width(), image.height()), [*annotation]);
    draw_with(image, annotation, &layout)
}

fn draw_with(image: &Image, annotation: &Annotation<'_>, layout: &Layout) -> Image {
    let mut picture = Canvas::resized(image, layout.picture);
    for (index, observed) in annotation.faces.iter().enumerate() {
        let number = (annotation.faces.len() > 1).then_some(index + 1);
        face::draw(&mut picture, observed, &View::whole(layout.scale), layout.unit, number);
    }

    let mut sheet = Canvas::filled(layout.size, palette::BACKGROUND);
    sheet.paste(&picture, layout.picture_at);
    Panel::new(annotation, layout).draw(&mut sheet, layout, image);
    sheet.into_image()
}

#[cfg(all(test, feature = "candle", feature = "bundled-weights"))]
mod tests;
