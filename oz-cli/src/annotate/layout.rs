//! Sizes and positions: the picture, the panel beside or below it, and the unit of type and strokes.

use super::Annotation;
use super::panel::Panel;

/// Limits of the longer side of the drawn picture. Smaller photos are enlarged so that the lines of the mesh are
/// apart, larger ones are reduced so that the result can be looked at as a whole.
const LONGER_SIDE: (f32, f32) = (720.0, 1440.0);
/// Longer side at which the unit is 1 pixel.
const UNIT_SIDE: f32 = 960.0;
/// Maximum of width to height with the panel beside the picture; below a wider picture the panel has more room.
const BESIDE: f32 = 1.9;
/// Maximum enlargement of a picture that is lower than the panel beside it, and the longer side up to which it is
/// enlarged.
const GROWTH: f32 = 1.6;
const GROWN_SIDE: f32 = 1640.0;
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
        let (width, height) = (size.0 as f32, size.1 as f32);
        let longer = width.max(height);
        let side = longer.clamp(LONGER_SIDE.0, LONGER_SIDE.1);

        let mut layout = Self {
            unit: (side / UNIT_SIDE).max(1.0),
            source: size,
            picture: (0, 0),
            picture_at: (0, 0),
            scale: 1.0,
            panel_at: (0, 0),
            columns: 1,
            column_width: 0.0,
            size: (0, 0),
        };
        layout.column_width = (COLUMN * layout.unit).round();
        layout.set_scale(side / longer);
        let is_beside = width <= BESIDE * height;
        if !is_beside {
            let columns = layout.picture.0 as f32 / layout.column_width;
            layout.columns = (columns as usize).max(1);
            layout.column_width = (layout.picture.0 as f32 / layout.columns as f32).floor();
        }

        let heights = annotations.into_iter().map(|annotation| Panel::new(&annotation, &layout).height());
        let panel = heights.fold(0.0, f32::max).ceil() as u32;
        if is_beside {
            layout.put_beside(panel);
        } else {
            layout.panel_at = (0, layout.picture.1);
            layout.size = (layout.picture.0, layout.picture.1 + panel);
        }
        layout
    }

    fn set_scale(&mut self, scale: f32) {
        let drawn = |side: u32| ((side as f32 * scale).round() as u32).max(1);
        (self.scale, self.picture) = (scale, (drawn(self.source.0), drawn(self.source.1)));
    }

    /// Places the panel to the right of the picture, which is enlarged to the height of the panel if that is not too
    /// much.
    fn put_beside(&mut self, panel_height: u32) {
        let room = GROWN_SIDE / self.picture.0.max(self.picture.1) as f32;
        let growth = (panel_height as f32 / self.picture.1 as f32).min(room).clamp(1.0, GROWTH);
        self.set_scale(self.scale * growth);

        let height = self.picture.1.max(panel_height);
        self.picture_at = (0, i64::from((height - self.picture.1) / 2));
        self.panel_at = (self.picture.0, 0);
        self.size = (self.picture.0 + self.column_width as u32, height);
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
        assert_eq!(beside.size.0, beside.picture.0 + beside.column_width as u32);

        let below = layout((6000, 400));
        assert_eq!(below.panel_at, (0, below.picture.1));
        assert!(below.columns > 1 && below.size.0 == below.picture.0);
    }
}
