//! Anti-aliased type.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, ScaleFont, point};

use super::canvas::Canvas;
use super::palette::Colour;

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| font(include_bytes!("../../assets/inter/Inter-Regular.ttf")));
static SEMI_BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| font(include_bytes!("../../assets/inter/Inter-SemiBold.ttf")));

fn font(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the font is part of the program")
}

/// Distance between two lines, relative to the size.
const LINE: f32 = 1.4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// Typeface and size of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) weight: Weight,
    /// Size of the em square in pixels.
    pub(super) size: f32,
}

impl Style {
    pub(super) fn regular(size: f32) -> Self {
        Self { weight: Weight::Regular, size }
    }

    pub(super) fn semi_bold(size: f32) -> Self {
        Self { weight: Weight::SemiBold, size }
    }

    /// Height of one line in pixels.
    pub(super) fn line_height(self) -> f32 {
        (LINE * self.size).ceil()
    }

    /// Width of one line of text in pixels.
    pub(super) fn width(self, text: &str) -> f32 {
        let font = self.font().as_scaled(self.scale());
        text.chars().map(|letter| font.h_advance(self.glyph(letter))).sum()
    }

    /// Draws one line of text from `left`, with its top edge at `top`.
    pub(super) fn draw(self, canvas: &mut Canvas, (left, top): (f32, f32), text: &str, colour: Colour) {
        let font = self.font().as_scaled(self.scale());
        let baseline = top + (self.line_height() - font.height()) / 2.0 + font.ascent();

        let mut x = left;
        for letter in text.chars() {
            let id = self.glyph(letter);
            self.draw_glyph(
                canvas,
                id.with_scale_and_position(self.scale(), point(x, baseline.round())),
                colour,
            );
            x += font.h_advance(id);
        }
    }

    fn draw_glyph(self, canvas: &mut Canvas, glyph: Glyph, colour: Colour) {
        let Some(outline) = self.font().outline_glyph(glyph) else { return };
        let (left, top) = (outline.px_bounds().min.x as i64, outline.px_bounds().min.y as i64);
        outline.draw(|x, y, coverage| {
            let (x, y) = (u32::try_from(left + i64::from(x)), u32::try_from(top + i64::from(y)));
            if let (Ok(x), Ok(y)) = (x, y) {
                canvas.blend(x, y, colour, coverage.min(1.0));
            }
        });
    }

    /// Glyph of a letter, or that of the replacement character for a letter that the font lacks.
    fn glyph(self, letter: char) -> GlyphId {
        let font = self.font();
        match font.glyph_id(letter) {
            GlyphId(0) => font.glyph_id(char::REPLACEMENT_CHARACTER),
            id => id,
        }
    }

    fn font(self) -> &'static FontRef<'static> {
        match self.weight {
            Weight::Regular => &REGULAR,
            Weight::SemiBold => &SEMI_BOLD,
        }
    }

    /// `ab_glyph` scales by the height of a line, not by the em square.
    fn scale(self) -> PxScale {
        let font = self.font();
        let em = font.units_per_em().unwrap_or(font.height_unscaled());
        PxScale::from(self.size * font.height_unscaled() / em)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_inside_its_line_and_width() {
        for style in [Style::regular(16.0), Style::semi_bold(31.0)] {
            let text = "ÄÉgjpqy|_ 0.85";
            let (width, height) = (style.width(text).ceil() as u32, style.line_height() as u32);
            let mut canvas = Canvas::filled((width + 40, height + 40), [0; 3]);
            style.draw(&mut canvas, (20.0, 20.0), text, [255; 3]);

            let image = canvas.into_image();
            let inside = |x, y| (19..21 + width).contains(&x) && (20..20 + height).contains(&y);
            let mut drawn = 0;
            for (x, y) in (0..image.height()).flat_map(|y| (0..image.width()).map(move |x| (x, y))) {
                let value = image.pixel(x, y)[0];
                drawn += u32::from(value > 200);
                assert!(value == 0 || inside(x, y), "{style:?}: {value} at {x}, {y}");
            }
            assert!(drawn > width, "{drawn} pixels");
        }
    }

    #[test]
    fn letters_without_a_glyph_are_replaced() {
        let style = Style::regular(16.0);
        assert_eq!(style.width("漢"), style.width("\u{FFFD}"));
        assert!(style.width("漢") > 0.0);
    }
}
