//! Mapping of measured quantities to quality values, 0..=100, by piecewise linear curves.

/// A piecewise linear curve with knots `(raw, value)` in ascending order of `raw`; constant beyond its ends.
pub(super) struct ResponseCurve(&'static [(f32, f32)]);

impl ResponseCurve {
    pub(super) fn value(&self, raw: f32) -> f32 {
        match self.0.iter().position(|&(knot, _)| raw < knot) {
            Some(0) => self.0[0].1,
            None => self.0[self.0.len() - 1].1,
            Some(next) => {
                let ((x0, y0), (x1, y1)) = (self.0[next - 1], self.0[next]);
                y0 + (y1 - y0) * (raw - x0) / (x1 - x0)
            }
        }
    }
}

// Where no standard defines a curve, the knots are derived from 220 faces of LFW ("photographs": press
// photographs of 250 px, 40 px between the eyes) and 59 webcam frames, so that a value below 50 deserves
// advice and a typical photograph is above 50.

/// Largest angle in degrees. 50 at the angle from which comparison scores fall noticeably.
pub(super) const POSE: ResponseCurve =
    ResponseCurve(&[(8.0, 100.0), (20.0, 75.0), (30.0, 50.0), (60.0, 0.0)]);
/// Share of gradient energy. Photographs: 5 % below 0.15, 50 % below 0.23; 0.35 in focus with 90 px between
/// the eyes.
pub(super) const SHARPNESS: ResponseCurve = ResponseCurve(&[(0.02, 0.0), (0.12, 50.0), (0.3, 100.0)]);
/// Overlap of histograms. Photographs: 10 % below 0.43, 50 % below 0.75; 0.2 when lit from one side.
pub(super) const ILLUMINATION: ResponseCurve = ResponseCurve(&[(0.1, 0.0), (0.35, 50.0), (0.7, 100.0)]);
/// Share of dark pixels. Photographs: 5 % above 0.04.
pub(super) const DARK: ResponseCurve = ResponseCurve(&[(0.03, 100.0), (0.3, 50.0), (0.7, 0.0)]);
/// Share of bright pixels. Photographs: 1 % above 0.05; overexposed webcam frames: 0.4.
pub(super) const BRIGHT: ResponseCurve = ResponseCurve(&[(0.01, 100.0), (0.2, 50.0), (0.5, 0.0)]);
/// Opening of the lids relative to the width of the eye. Photographs: 50 % below 0.27, 5 % (closed eyes)
/// below 0.08.
pub(super) const EYES: ResponseCurve = ResponseCurve(&[(0.05, 0.0), (0.11, 50.0), (0.2, 100.0)]);
/// Blink coefficient: up to 0.12 on open eyes, 0.42 to 0.75 on squinting or closed ones.
pub(super) const BLINK: ResponseCurve = ResponseCurve(&[(0.25, 100.0), (0.55, 50.0), (0.9, 0.0)]);
/// Opening of the lips relative to the distance of eyes and chin. Photographs: 25 % (laughing) above 0.12, 5
/// % above 0.19.
pub(super) const MOUTH: ResponseCurve = ResponseCurve(&[(0.05, 100.0), (0.2, 50.0), (0.4, 0.0)]);
/// Visibility of the face, see [`super::occlusion`].
pub(super) const OCCLUSION: ResponseCurve = ResponseCurve(&[(0.0, 0.0), (0.5, 50.0), (0.9, 100.0)]);
/// Share of the bounding box of the head inside the image.
pub(super) const CROP: ResponseCurve = ResponseCurve(&[(0.4, 0.0), (0.75, 50.0), (0.98, 100.0)]);

/// Inter-eye distance in pixels that a full frontal image requires: ISO/IEC 19794-5, 8.4.1.
const EYES_FULL: f32 = 90.0;
/// Inter-eye distance in pixels below which the value is 0.
const EYES_NONE: f32 = 10.0;

/// Logarithmic curve: every doubling of the distance adds the same value; 50 at 30 px.
pub(super) fn inter_eye_distance(pixels: f32) -> f32 {
    let share = (pixels.max(EYES_NONE) / EYES_NONE).ln() / (EYES_FULL / EYES_NONE).ln();
    100.0 * share.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_interpolated_between_the_knots() {
        assert_eq!(POSE.value(0.0), 100.0);
        assert_eq!(POSE.value(25.0), 62.5);
        assert_eq!(POSE.value(90.0), 0.0);
    }

    #[test]
    fn ninety_pixels_between_the_eyes_give_the_maximum() {
        assert_eq!(inter_eye_distance(90.0), 100.0);
        assert!((inter_eye_distance(30.0) - 50.0).abs() < 0.1);
        assert_eq!(inter_eye_distance(5.0), 0.0);
    }
}
