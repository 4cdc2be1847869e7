//! Sizes and positions: the picture, the panel beside or below it, and the unit of type and strokes.

use super::Annotation;
use super::panel::Panel;

/// Limits of the longer side of the drawn picture. Smaller photos are enlarged so that the lines of the mesh
/// are apart, larger ones are reduced so that the result can be looked at as a whole.
const LONGER_SIDE: (f32, f32) = (720.0, 1440.0);
/// Longer side at which the unit is 1 pixel.
const UNIT_SIDE: f32 = 960.0;
/// Maximum of width to height with the panel beside the picture; below a wider picture the panel has more
/// room.
const BESIDE: f32 = 1.9;
/// Maximum enlargement of a picture that is lower than the panel beside it, and the longer side up to which
/// it is enlarged.
const GROWTH: f32 = 1.6;
const GROWN_SIDE: f32 = 1640.0;
/// Columns of the panel below a wide picture, whose longer side is at least as wide as they are.
const COLUMNS_BELOW: usize = 3;
/// Maximum number of columns of the panel beside a picture.
const COLUMNS_BESIDE: usize = 3;
/// Width of a column of the panel, with its margins, in units.
const COLUMN: f32 = 420.0;

#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Pixels per unit. Sizes of type and strokes are in units.
    pub(super) unit: f32,
    /// Size of the drawn picture in pixels.
    pub(super) picture: (u32, u32),
    /// Position of the picture on the sheet.
    pub(super) picture_at: (i64, i64),
    /// Drawn pixels per pixel of the photo or frame.
    pub(super) scale: f32,
    /// Size of the photo or frame in pixels.
    pub(super) source: (u32, u32),
    /// Position of the panel on the sheet.
    pub(super) panel_at: (u32, u32),
    /// Number of columns of the panel.
    pub(super) columns: usize,
    /// Width of a column with its margins in pixels.
    pub(super) column_width: f32,
    /// Size of the whole sheet in pixels.
    pub(super) size: (u32, u32),
}

impl Layout {
    /// Layout for a photo or for frames of one size, in pixels. All annotations fit into it.
    pub(super) fn new<'a>(size: (u32, u32), annotations: impl IntoIterator<Item = Annotation<'a>>) -> Self {
        let annotations: Vec<_> = annotations.into_iter().collect();
        if size.0 as f32 <= BESIDE * size.1 as f32 {
            return Self::beside(size, &annotations);
        }
        Self::below(size, &annotations)
    }

    /// Layout with a panel of one column to the right of the picture. It gets more columns if even the
    /// largest picture would be lower.
    fn beside(size: (u32, u32), annotations: &[Annotation<'_>]) -> Self {
        let mut layout = Self::with_side(size, LONGER_SIDE.0, UNIT_SIDE);
        let room = GROWN_SIDE / layout.picture.0.max(layout.picture.1) as f32;
        let growth = room.clamp(1.0, GROWTH);
        let mut panel = layout.panel_height(annotations);
        while panel as f32 > growth * layout.picture.1 as f32 && layout.columns < COLUMNS_BESIDE {
            layout.columns += 1;
            panel = layout.panel_height(annotations);
        }

        let wanted = panel as f32 / layout.picture.1 as f32;
        layout.set_scale(layout.scale * wanted.clamp(1.0, growth));
        let height = layout.picture.1.max(panel);
        layout.picture_at = (0, i64::from((height - layout.picture.1) / 2));
        layout.panel_at = (layout.picture.0, 0);
        layout.size = (layout.picture.0 + layout.columns as u32 * layout.column_width as u32, height);
        layout
    }

    /// Layout with the panel below the picture.
    fn below(size: (u32, u32), annotations: &[Annotation<'_>]) -> Self {
        let width = COLUMNS_BELOW as f32 * COLUMN;
        let mut layout = Self::with_side(size, width, width);
        layout.columns = COLUMNS_BELOW;
        layout.column_width = (layout.picture.0 as f32 / COLUMNS_BELOW as f32).floor();
        layout.panel_at = (0, layout.picture.1);
        layout.size = (layout.picture.0, layout.picture.1 + layout.panel_height(annotations));
        layout
    }

    /// Layout of a picture with a longer side of at least `shortest`, and without a place for the panel. The
    /// unit is 1 pixel up to a longer side of `unit_side`.
    fn with_side(source: (u32, u32), shortest: f32, unit_side: f32) -> Self {
        let longer = source.0.max(source.1) as f32;
        let side = longer.clamp(shortest, LONGER_SIDE.1);
        let unit = (side / unit_side).max(1.0);
        let mut layout = Self {
            unit,
            source,
            picture: (0, 0),
            picture_at: (0, 0),
            scale: 1.0,
            panel_at: (0, 0),
            columns: 1,
            column_width: (COLUMN * unit).round(),
            size: (0, 0),
        };
        layout.set_scale(side / longer);
        layout
    }

    /// Height of the highest panel in pixels.
    fn panel_height(&self, annotations: &[Annotation<'_>]) -> u32 {
        let heights = annotations.iter().map(|annotation| Panel::new(annotation, self).height());
        heights.fold(0.0, f32::max).ceil() as u32
    }

    fn set_scale(&mut self, scale: f32) {
        let drawn = |side: u32| ((side as f32 * scale).round() as u32).max(1);
        (self.scale, self.picture) = (scale, (drawn(self.source.0), drawn(self.source.1)));
    }
}

#[cfg(test)]
mod tests {
    use oz::LivenessPolicy;

    use super::*;

    fn layout(size: (u32, u32)) -> Layout {
        let policy = LivenessPolicy::default();
        let liveness = policy.decide(Vec::new());
        Layout::new(size, [Annotation { faces: &[], liveness: &liveness, policy: &policy }])
    }

    #[test]
    fn pictures_of_every_size_are_drawn_at_a_size_to_look_at() {
        for size in [(1, 1), (64, 64), (512, 512), (6000, 4000), (4000, 6000), (8000, 20), (20, 8000)] {
            let layout = layout(size);
            let (width, height) = layout.picture;
            let longer = width.max(height) as f32;
            assert!((LONGER_SIDE.0..=GROWN_SIDE).contains(&longer), "{size:?}: {width} x {height}");
            assert!(width > 0 && height > 0, "{size:?}");

            let expected = (size.0 as f32 * layout.scale, size.1 as f32 * layout.scale);
            let distance = (width as f32 - expected.0).abs().max((height as f32 - expected.1).abs());
            assert!(distance <= 1.0, "{size:?}: {width} x {height}, not {expected:?}");
        }
    }

    #[test]
    fn the_panel_is_beside_a_picture_and_below_a_wide_one() {
        let beside = layout((1000, 800));
        assert_eq!(beside.panel_at, (beside.picture.0, 0));
        assert_eq!((beside.size.0, beside.columns), (beside.picture.0 + beside.column_width as u32, 1));

        let below = layout((6000, 400));
        assert_eq!(below.panel_at, (0, below.picture.1));
        assert!(below.columns > 1 && below.size.0 == below.picture.0);
    }
}
