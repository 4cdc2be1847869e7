//! Square crop around a face, the input region of a mesh network.

use oz_core::face::{BoundingBox, Point, SimilarityTransform};
use oz_core::{Error, Result};

/// A square in an image, rotated so that the eyes are level.
///
/// Source: MediaPipe `face_detection_front_detection_to_roi.pbtxt` and `rect_transformation_calculator.cc`,
/// 0.10.21.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RotatedSquare {
    /// Centre in image pixels.
    pub center: Point,
    /// Length of a side in image pixels.
    pub side: f32,
    /// Angle of the line from the subject's right to left eye, in radians; positive when it points down in
    /// the image.
    pub angle: f32,
}

impl RotatedSquare {
    /// Creates the square around the centre of a bounding box, with `scale` times its longer side.
    #[must_use]
    pub fn about(face: &BoundingBox, right_eye: Point, left_eye: Point, scale: f32) -> Self {
        let angle = (left_eye.y - right_eye.y).atan2(left_eye.x - right_eye.x);
        Self { center: face.center(), side: face.width.max(face.height) * scale, angle }
    }

    /// Transform from the pixels of a crop of `size` x `size` to image pixels.
    ///
    /// # Errors
    /// `analysis.degenerate_landmarks` when the side is not positive or a coordinate is not finite.
    pub fn to_image(&self, size: u32) -> Result<SimilarityTransform> {
        let scale = self.side / size as f32;
        let (a, b) = (scale * self.angle.cos(), scale * self.angle.sin());
        let half = size as f32 / 2.0;
        let (tx, ty) = (self.center.x - (a - b) * half, self.center.y - (a + b) * half);
        if scale > 0.0 && [a, b, tx, ty].iter().all(|value| value.is_finite()) {
            return Ok(SimilarityTransform { a, b, tx, ty });
        }
        Err(Error::DegenerateLandmarks)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn level_eyes_give_an_upright_square() {
        let face = BoundingBox::new(10.0, 20.0, 40.0, 30.0);
        let square = RotatedSquare::about(&face, Point::new(20.0, 30.0), Point::new(40.0, 30.0), 1.5);
        let onto = square.to_image(60).unwrap();
        assert_eq!(onto.apply(Point::new(0.0, 0.0)), Point::new(0.0, 5.0));
        assert_eq!(onto.apply(Point::new(60.0, 60.0)), Point::new(60.0, 65.0));
    }

    #[test]
    fn square_without_size_is_refused() {
        for side in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let square = RotatedSquare { center: Point::new(1.0, 1.0), side, angle: 0.0 };
            assert_eq!(square.to_image(256).unwrap_err().code(), "analysis.degenerate_landmarks");
        }
    }

    proptest! {
        #[test]
        fn eyes_become_level(
            x in 0.0f32..500.0,
            y in 0.0f32..500.0,
            side in 10.0f32..300.0,
            angle in -3.1f32..3.1,
        ) {
            let face = BoundingBox::new(x, y, side, side);
            let (right, reach) = (face.center(), side / 3.0);
            let left = Point::new(right.x + reach * angle.cos(), right.y + reach * angle.sin());
            let to_crop = RotatedSquare::about(&face, right, left, 1.5).to_image(256).unwrap().inverse();
            let (right, left) = (to_crop.apply(right), to_crop.apply(left));
            prop_assert!((right.y - left.y).abs() < 0.1 && right.x < left.x);
            prop_assert!(right.distance(Point::new(128.0, 128.0)) < 0.1);
        }

        #[test]
        fn inverse_restores_the_point(
            x in 0.0f32..500.0,
            y in 0.0f32..500.0,
            side in 10.0f32..300.0,
            angle in -3.1f32..3.1,
        ) {
            let square = RotatedSquare { center: Point::new(x, y), side, angle };
            let onto = square.to_image(256).unwrap();
            let p = Point::new(y / 2.0, x / 2.0);
            prop_assert!(onto.inverse().apply(onto.apply(p)).distance(p) < 0.05);
        }
    }
}
