//! Canvas on which partial frames are composed.

/// Treatment of the frame area before the next frame is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disposal {
    Keep,
    /// Make it transparent.
    Clear,
    /// Restore the pixels from before the frame.
    Restore,
}

/// Area of a partial frame on the canvas, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// RGBA canvas, initially transparent.
#[derive(Debug)]
pub(super) struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    /// Disposal of the last frame, its area, and the pixels to restore.
    pending: Option<(Disposal, Area, Vec<u8>)>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![0; width as usize * height as usize * 4], pending: None }
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Draws `rgba` on `area`, clipped to the canvas, and returns the whole canvas.
    ///
    /// With `blend`, transparent pixels show the canvas below; otherwise they replace it.
    pub(super) fn draw(&mut self, rgba: &[u8], area: Area, blend: bool, disposal: Disposal) -> Vec<u8> {
        self.dispose();
        let below = if disposal == Disposal::Restore { self.pixels.clone() } else { Vec::new() };

        for (row, line) in
            rgba.chunks_exact(area.width.max(1) as usize * 4).take(area.height as usize).enumerate()
        {
            let Some(target) = self.row(area.x, area.y as usize + row, area.width) else { continue };
            for (under, over) in target.chunks_exact_mut(4).zip(line.chunks_exact(4)) {
                if blend { mix(under, over) } else { under.copy_from_slice(over) }
            }
        }

        self.pending = Some((disposal, area, below));
        self.pixels.clone()
    }

    fn dispose(&mut self) {
        match self.pending.take() {
            Some((Disposal::Clear, area, _)) => {
                for row in 0..area.height as usize {
                    if let Some(line) = self.row(area.x, area.y as usize + row, area.width) {
                        line.fill(0);
                    }
                }
            }
            Some((Disposal::Restore, _, below)) => self.pixels = below,
            _ => {}
        }
    }

    /// Part of row `y` from `x` on, clipped to the canvas; `None` outside of it.
    fn row(&mut self, x: u32, y: usize, width: u32) -> Option<&mut [u8]> {
        if y >= self.height as usize || x >= self.width {
            return None;
        }
        let start = (y * self.width as usize + x as usize) * 4;
        let width = width.min(self.width - x) as usize;
        self.pixels.get_mut(start..start + width * 4)
    }
}

/// Source-over compositing with straight alpha.
fn mix(under: &mut [u8], over: &[u8]) {
    match over[3] {
        0 => {}
        255 => under.copy_from_slice(over),
        alpha => {
            let over_weight = u32::from(alpha) * 255;
            let under_weight = u32::from(under[3]) * (255 - u32::from(alpha));
            let total = over_weight + under_weight;
            for channel in 0..3 {
                let sum = u32::from(over[channel]) * over_weight + u32::from(under[channel]) * under_weight;
                under[channel] = (sum / total) as u8;
            }
            under[3] = (total / 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];

    fn dot(x: u32) -> Area {
        Area { x, y: 0, width: 1, height: 1 }
    }

    #[test]
    fn disposal_is_applied_before_the_next_frame() {
        let mut canvas = Canvas::new(2, 1);
        assert_eq!(canvas.draw(&RED, dot(0), true, Disposal::Clear)[..4], RED);
        assert_eq!(canvas.draw(&BLUE, dot(1), true, Disposal::Restore), [&[0; 4][..], &BLUE].concat());
        assert_eq!(canvas.draw(&RED, dot(0), true, Disposal::Keep), [&RED[..], &[0; 4]].concat());
    }

    #[test]
    fn frames_are_clipped_to_the_canvas() {
        let mut canvas = Canvas::new(1, 1);
        let area = Area { x: 0, y: 0, width: 2, height: 2 };
        assert_eq!(canvas.draw(&[RED, BLUE, BLUE, BLUE].concat(), area, true, Disposal::Keep), RED);
        let outside = Area { x: 9, y: 9, ..area };
        assert_eq!(canvas.draw(&[BLUE; 4].concat(), outside, true, Disposal::Clear), RED);
    }
}
