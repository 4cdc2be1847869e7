//! Image region of a face with its surroundings.

use oz_core::face::BoundingBox;

use crate::preprocess::Region;

/// Scales a bounding box about its centre and shifts it into an image of `width` x `height` pixels.
///
/// The scale is `scale`, or the largest one at which the box still fits into the image.
///
/// Source: minivision-ai/Silent-Face-Anti-Spoofing, `src/generate_patches.py`, `CropImage._get_new_box`.
#[must_use]
pub fn scaled_box(face: &BoundingBox, scale: f32, width: u32, height: u32) -> Region {
    let largest = |side: u32, length: f32| (side.saturating_sub(1)) as f32 / length.max(1.0);
    let scale = scale.min(largest(width, face.width)).min(largest(height, face.height));
    let center = face.center();
    let (x, region_width) = shift_inside(center.x, face.width * scale, width);
    let (y, region_height) = shift_inside(center.y, face.height * scale, height);
    Region { x, y, width: region_width, height: region_height }
}

/// Shifts an interval into `0..side`; returns its first pixel and its number of pixels.
fn shift_inside(center: f32, length: f32, side: u32) -> (u32, u32) {
    let last = (side - 1) as f32;
    let start = (center - length / 2.0).clamp(0.0, (last - length).max(0.0));
    let end = (start + length).min(last);
    // Rounding of the original: both ends are truncated and the last pixel is inclusive.
    (start as u32, end as u32 - start as u32 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn face_in_the_centre_is_cropped_about_its_centre() {
        let region = scaled_box(&BoundingBox::new(40.0, 50.0, 20.0, 20.0), 2.0, 200, 200);
        assert_eq!(region, Region { x: 30, y: 40, width: 41, height: 41 });
    }

    #[test]
    fn crop_of_a_face_at_the_edge_is_shifted_inside() {
        let region = scaled_box(&BoundingBox::new(-5.0, 170.0, 30.0, 30.0), 2.0, 200, 200);
        assert_eq!(region, Region { x: 0, y: 139, width: 61, height: 61 });
    }

    #[test]
    fn crop_of_a_large_face_is_limited_by_the_image() {
        let region = scaled_box(&BoundingBox::new(20.0, 20.0, 160.0, 80.0), 4.0, 200, 100);
        assert_eq!((region.height, region.x), (100, 1));
    }

    proptest! {
        #[test]
        fn crop_lies_inside_the_image(
            x in -300.0f32..300.0,
            y in -300.0f32..300.0,
            w in 0.0f32..400.0,
            h in 0.0f32..400.0,
            width in 1u32..300,
            height in 1u32..300,
        ) {
            let region = scaled_box(&BoundingBox::new(x, y, w, h), 2.7, width, height);
            prop_assert!(region.width > 0 && region.x + region.width <= width);
            prop_assert!(region.height > 0 && region.y + region.height <= height);
        }
    }
}
