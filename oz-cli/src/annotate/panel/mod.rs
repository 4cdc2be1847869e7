//! The panel: verdict, evidence and quality in one or more columns of sections.

mod block;
mod faces;
mod liveness;

use oz::Image;
use oz::core::face::{BoundingBox, Point};

use super::Annotation;
use super::canvas::Canvas;
use super::layout::Layout;
use super::palette;
use super::shape::Shape;
use block::Block;

/// Margin on every side of a column, in units.
const MARGIN: f32 = 22.0;
/// Distance between two sections, in units.
const GAP: f32 = 30.0;

/// Sections with their places. Nothing is drawn within [`MARGIN`] of the edges of a column.
pub(super) struct Panel<'a> {
    placed: Vec<Placed<'a>>,
    height: f32,
}

struct Placed<'a> {
    left: f32,
    top: f32,
    block: Block<'a>,
    /// Whether another section is above.
    has_rule: bool,
}

impl<'a> Panel<'a> {
    /// Lays out a panel with the columns of `layout`.
    pub(super) fn new(annotation: &Annotation<'a>, layout: &Layout) -> Self {
        let width = layout.column_width - 2.0 * MARGIN * layout.unit;
        let mut sections = liveness::sections(annotation, width, layout.unit);
        sections.extend(faces::sections(annotation.faces, width, layout));
        Self::place(sections, layout)
    }

    /// Puts each section below the others of the shortest column.
    fn place(sections: Vec<Block<'a>>, layout: &Layout) -> Self {
        let (margin, gap) = (MARGIN * layout.unit, GAP * layout.unit);
        let mut bottoms = vec![margin; layout.columns];
        let mut placed = Vec::new();
        for block in sections {
            let column = (0..bottoms.len()).min_by(|&a, &b| bottoms[a].total_cmp(&bottoms[b])).unwrap_or(0);
            let has_rule = bottoms[column] > margin;
            let top = if has_rule { bottoms[column] + gap } else { margin };
            bottoms[column] = top + block.height();
            let left = column as f32 * layout.column_width + margin;
            placed.push(Placed { left, top, block, has_rule });
        }
        let height = bottoms.into_iter().fold(0.0, f32::max) + margin;
        Self { placed, height }
    }

    /// Height in pixels.
    pub(super) fn height(&self) -> f32 {
        self.height
    }

    /// Draws the panel at its place on the sheet. `image` is the source of close-ups.
    pub(super) fn draw(&self, canvas: &mut Canvas, layout: &Layout, image: &Image) {
        let (x, y) = (layout.panel_at.0 as f32, layout.panel_at.1 as f32);
        for Placed { left, top, block, has_rule } in &self.placed {
            if *has_rule {
                rule(canvas, (x + left, y + top - GAP / 2.0 * layout.unit), block.width(), layout.unit);
            }
            block.draw(canvas, Point::new(x + left, y + top), image);
        }
    }
}

fn rule(canvas: &mut Canvas, (left, top): (f32, f32), width: f32, unit: f32) {
    let area = BoundingBox::new(left, top.round(), width, unit.round());
    canvas.paint(&[Shape::Plate { area, radius: 0.0 }], palette::RULE, 1.0);
}
