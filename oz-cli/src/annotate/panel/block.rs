//! A block of text lines and meters of a given width.

use oz::core::face::{BoundingBox, Point};
use oz::{Image, ObservedFace};

use super::super::canvas::Canvas;
use super::super::close_up;
use super::super::font::Style;
use super::super::palette::{self, Colour};
use super::super::shape::Shape;
use super::super::wrap::wrap;

/// Text and meters from top to bottom. Text wraps at the width.
pub(super) struct Block<'a> {
    width: f32,
    /// Pixels per unit; sizes below are in units.
    unit: f32,
    height: f32,
    marks: Vec<Mark<'a>>,
}

enum Mark<'a> {
    Text { style: Style, left: f32, top: f32, text: String, colour: Colour },
    Bar { area: BoundingBox, colour: Colour },
    CloseUp { face: &'a ObservedFace, top: f32, size: (u32, u32) },
}

/// Text with its look.
pub(super) struct Words<'a> {
    pub(super) text: &'a str,
    pub(super) style: Style,
    pub(super) colour: Colour,
}

/// Filled part of a meter, each end 0..=1.
pub(super) struct Fill {
    pub(super) from: f32,
    pub(super) to: f32,
    pub(super) colour: Colour,
}

impl<'a> Block<'a> {
    /// Empty block, `width` pixels wide.
    pub(super) fn new(width: f32, unit: f32) -> Self {
        Self { width, unit, height: 0.0, marks: Vec::new() }
    }

    pub(super) fn width(&self) -> f32 {
        self.width
    }

    pub(super) fn height(&self) -> f32 {
        self.height
    }

    pub(super) fn regular(&self, size: f32) -> Style {
        Style::regular(size * self.unit)
    }

    pub(super) fn semi_bold(&self, size: f32) -> Style {
        Style::semi_bold(size * self.unit)
    }

    /// Adds the title of a section, with a remark on the right edge.
    pub(super) fn heading(&mut self, text: &str, remark: &str) {
        let (style, small) = (self.semi_bold(11.5), self.regular(12.5));
        let title = Words { text: &text.to_uppercase(), style, colour: palette::MUTED };
        self.pair(&title, &Words { text: remark, style: small, colour: palette::MUTED });
        self.gap(5.0);
    }

    /// Adds a paragraph.
    pub(super) fn text(&mut self, words: &Words<'_>) {
        self.paragraph(words, 0.0, self.width);
    }

    /// Adds a line with text on the left and a value on the right edge; the text wraps before the value. A
    /// value wider than half the block follows below.
    pub(super) fn pair(&mut self, label: &Words<'_>, value: &Words<'_>) {
        let width = value.style.width(value.text);
        if width > self.width / 2.0 {
            self.text(label);
            return self.text(value);
        }

        // Both share the middle of the first line, whatever their sizes.
        let (tall, low) = (label.style.line_height(), value.style.line_height());
        self.put(value, self.width - width, self.height + (tall - low).max(0.0) / 2.0);
        self.height += (low - tall).max(0.0) / 2.0;
        self.paragraph(label, 0.0, self.width - width - 12.0 * self.unit);
    }

    /// Adds a bar over the whole width, with ticks at positions 0..=1.
    pub(super) fn meter(&mut self, fill: &Fill, ticks: &[f32]) {
        let height = 6.0 * self.unit;
        let top = self.height + 3.0 * self.unit;
        self.bar((0.0, top), (self.width, height), fill);
        for &tick in ticks {
            let left = share(tick) * self.width - self.unit;
            let area =
                BoundingBox::new(left, top - 3.0 * self.unit, 2.0 * self.unit, height + 6.0 * self.unit);
            self.marks.push(Mark::Bar { area, colour: palette::TEXT });
        }
        self.height = top + height + 5.0 * self.unit;
    }

    /// Adds a line with a name, a bar and a value.
    pub(super) fn gauge(&mut self, label: &Words<'_>, fill: &Fill, value: &Words<'_>) {
        let (label_width, value_width) = (0.42 * self.width, 0.11 * self.width);
        let top = self.height;
        self.put(value, self.width - value.style.width(value.text), top);
        let height = 6.0 * self.unit;
        let middle = top + (label.style.line_height() - height) / 2.0;
        self.bar((label_width, middle), (self.width - label_width - value_width, height), fill);
        self.paragraph(label, 0.0, label_width - 8.0 * self.unit);
    }

    /// Adds empty space, in units.
    pub(super) fn gap(&mut self, units: f32) {
        self.height += units * self.unit;
    }

    /// Adds an enlarged view of a face.
    pub(super) fn close_up(&mut self, face: &'a ObservedFace, size: (u32, u32)) {
        self.marks.push(Mark::CloseUp { face, top: self.height, size });
        self.height += size.1 as f32;
    }

    /// Adds a line of texts that start at equal distances.
    pub(super) fn columns(&mut self, texts: &[Words<'_>]) {
        let width = self.width / texts.len().max(1) as f32;
        let top = self.height;
        let mut bottom = top;
        for (index, words) in texts.iter().enumerate() {
            self.height = top;
            self.paragraph(words, index as f32 * width, width - 6.0 * self.unit);
            bottom = bottom.max(self.height);
        }
        self.height = bottom;
    }

    /// Adds a term and, beside it, its explanation.
    pub(super) fn entry(&mut self, term: &Words<'_>, explanation: &Words<'_>) {
        let (top, indent) = (self.height, 0.24 * self.width);
        self.paragraph(term, 0.0, indent - 8.0 * self.unit);
        let bottom = self.height;
        self.height = top;
        self.paragraph(explanation, indent, self.width - indent);
        self.height = self.height.max(bottom);
    }

    /// Draws the block with its top left corner at `at`. `image` is the source of close-ups.
    pub(super) fn draw(&self, canvas: &mut Canvas, at: Point, image: &Image) {
        for mark in &self.marks {
            match mark {
                Mark::Text { style, left, top, text, colour } => {
                    style.draw(canvas, (at.x + left, at.y + top), text, *colour);
                }
                Mark::Bar { area, colour } => {
                    let area = BoundingBox::new(at.x + area.x, at.y + area.y, area.width, area.height);
                    let shape = Shape::Plate { area, radius: area.height / 2.0 };
                    canvas.paint(&[shape], *colour, 1.0);
                }
                Mark::CloseUp { face, top, size } => {
                    let view = close_up::draw(image, face, *size, self.unit);
                    canvas.paste(&view, (at.x.round() as i64, (at.y + top).round() as i64));
                }
            }
        }
    }

    fn paragraph(&mut self, words: &Words<'_>, left: f32, width: f32) {
        for line in wrap(words.text, width, |line| words.style.width(line)) {
            self.put(&Words { text: &line, ..*words }, left, self.height);
            self.height += words.style.line_height();
        }
    }

    fn put(&mut self, words: &Words<'_>, left: f32, top: f32) {
        let (style, colour) = (words.style, words.colour);
        self.marks.push(Mark::Text { style, left, top, text: words.text.into(), colour });
    }

    fn bar(&mut self, (left, top): (f32, f32), (width, height): (f32, f32), fill: &Fill) {
        let track = BoundingBox::new(left, top, width, height);
        self.marks.push(Mark::Bar { area: track, colour: palette::TRACK });
        let (from, to) = (share(fill.from.min(fill.to)), share(fill.from.max(fill.to)));
        if to > from {
            let area = BoundingBox::new(left + from * width, top, (to - from) * width, height);
            self.marks.push(Mark::Bar { area, colour: fill.colour });
        }
    }
}

/// A value in 0..=1; 0 for NaN.
fn share(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}
