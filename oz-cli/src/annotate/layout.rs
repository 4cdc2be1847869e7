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
/// Maximum enlargement of a picture that is lower than the panel beside it.
const GROWTH: f32 = 1.6;
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
        let growth = (panel_height as f32 / self.picture.1 as f32).clamp(1.0, GROWTH);
        self.set_scale(self.scale * growth);

        let height = self.picture.1.max(panel_height);
        self.picture_at = (0, i64::from((height - self.picture.1) / 2));
        self.panel_at = (self.picture.0, 0);
        self.size = (self.picture.0 + self.column_width as u32, height);
    }
}
