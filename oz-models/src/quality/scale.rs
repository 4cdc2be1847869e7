//! From measured quantities to 0..=100, by straight lines between knots.

/// Knots `(raw, value)` with growing `raw`; the ends go on for ever.
pub(super) struct Scale(&'static [(f32, f32)]);

impl Scale {
    pub(super) fn value(&self, raw: f32) -> f32 {
        let above = self.0.iter().position(|&(knot, _)| raw < knot);
        match above {
            Some(0) => self.0[0].1,
            None => self.0[self.0.len() - 1].1,
            Some(next) => {
                let ((x0, y0), (x1, y1)) = (self.0[next - 1], self.0[next]);
                y0 + (y1 - y0) * (raw - x0) / (x1 - x0)
            }
        }
    }
}

// Where no standard gives a curve, the knots follow 220 faces of LFW ("photographs": press pictures of 250 px, 40 px
// between the eyes) and 59 webcam frames, so that 50 is where a remark is due and the usual photograph is above.

/// Largest angle in degrees. 50 at the turn from which comparison scores fall visibly.
pub(super) const POSE: Scale = Scale(&[(8.0, 100.0), (20.0, 75.0), (30.0, 50.0), (60.0, 0.0)]);
/// Share of gradient energy. Photographs: 5 % below .15, half below .23; in focus at 90 px between the eyes: .35.
pub(super) const SHARPNESS: Scale = Scale(&[(0.02, 0.0), (0.12, 50.0), (0.3, 100.0)]);
/// Overlap of histograms. Photographs: 10 % below .43, half below .75; lit from one side: .2.
pub(super) const ILLUMINATION: Scale = Scale(&[(0.1, 0.0), (0.35, 50.0), (0.7, 100.0)]);
/// Share of dark pixels. Photographs: 5 % above .04.
pub(super) const DARK: Scale = Scale(&[(0.03, 100.0), (0.3, 50.0), (0.7, 0.0)]);
/// Share of bright pixels. Photographs: 1 % above .05; washed-out webcam frames: .4.
pub(super) const BRIGHT: Scale = Scale(&[(0.01, 100.0), (0.2, 50.0), (0.5, 0.0)]);
/// Opening of the lids over the eye's width. Photographs: half below .27, 5 % (eyes shut) below .08.
pub(super) const EYES: Scale = Scale(&[(0.05, 0.0), (0.11, 50.0), (0.2, 100.0)]);
/// Blink coefficient: up to .12 on open eyes, .42 to .75 on eyes that squint or are shut.
pub(super) const BLINK: Scale = Scale(&[(0.25, 100.0), (0.55, 50.0), (0.9, 0.0)]);
/// Opening of the lips over the distance of eyes and chin. Photographs: a quarter, laughing, above .12; 5 % above .19.
pub(super) const MOUTH: Scale = Scale(&[(0.05, 100.0), (0.2, 50.0), (0.4, 0.0)]);
/// See the module of the measure.
pub(super) const OCCLUSION: Scale = Scale(&[(0.0, 0.0), (0.5, 50.0), (0.9, 100.0)]);
/// Share of the head's box inside the image.
pub(super) const CROP: Scale = Scale(&[(0.4, 0.0), (0.75, 50.0), (0.98, 100.0)]);

/// Pixels between the eyes that a full frontal image must have: ISO/IEC 19794-5, 8.4.1.
const EYES_FULL: f32 = 90.0;
/// Below this nothing can be told.
const EYES_NONE: f32 = 10.0;

/// Each doubling is worth the same: 50 at 30 px.
pub(super) fn inter_eye_distance(pixels: f32) -> f32 {
    let share = (pixels.max(EYES_NONE) / EYES_NONE).ln() / (EYES_FULL / EYES_NONE).ln();
    100.0 * share.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_on_lines_between_the_knots() {
        assert_eq!(POSE.value(0.0), 100.0);
        assert_eq!(POSE.value(25.0), 62.5);
        assert_eq!(POSE.value(90.0), 0.0);
    }

    #[test]
    fn ninety_pixels_between_the_eyes_are_enough() {
        assert_eq!(inter_eye_distance(90.0), 100.0);
        assert!((inter_eye_distance(30.0) - 50.0).abs() < 0.1);
        assert_eq!(inter_eye_distance(5.0), 0.0);
    }
}
