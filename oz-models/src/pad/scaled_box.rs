//! The part of a picture that shows a face with its surroundings.

use oz_core::face::BoundingBox;

use crate::preprocess::Region;

/// The box about its middle, `scale` times as large or as much as fits in an image of `width` x `height`, moved inside.
///
/// Source: minivision-ai/Silent-Face-Anti-Spoofing, `src/generate_patches.py`, `CropImage._get_new_box`.
#[must_use]
pub fn scaled_box(face: &BoundingBox, scale: f32, width: u32, height: u32) -> Region {
    let fits = |side: u32, length: f32| (side.saturating_sub(1)) as f32 / length.max(1.0);
    let scale = scale.min(fits(width, face.width)).min(fits(height, face.height));
    let center = face.center();
    let (x, across) = moved_inside(center.x, face.width * scale, width);
    let (y, down) = moved_inside(center.y, face.height * scale, height);
    Region { x, y, width: across, height: down }
}

/// First pixel and number of pixels.
fn moved_inside(center: f32, length: f32, side: u32) -> (u32, u32) {
    let last = (side - 1) as f32;
    let start = (center - length / 2.0).clamp(0.0, (last - length).max(0.0));
    let end = (start + length).min(last);
    // Whole pixels as the original takes them: both ends cut off, the last one included.
    (start as u32, end as u32 - start as u32 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_face_in_the_middle_is_cropped_about_its_middle() {
        let region = scaled_box(&BoundingBox::new(40.0, 50.0, 20.0, 20.0), 2.0, 200, 200);
        assert_eq!(region, Region { x: 30, y: 40, width: 41, height: 41 });
    }

    #[test]
    fn a_face_at_the_edge_moves_the_crop_inside() {
        let region = scaled_box(&BoundingBox::new(-5.0, 170.0, 30.0, 30.0), 2.0, 200, 200);
        assert_eq!(region, Region { x: 0, y: 139, width: 61, height: 61 });
    }

    #[test]
    fn a_large_face_takes_what_there_is() {
        let region = scaled_box(&BoundingBox::new(20.0, 20.0, 160.0, 80.0), 4.0, 200, 100);
        assert_eq!((region.height, region.x), (100, 1));
    }

    proptest! {
        #[test]
        fn crops_lie_inside(x in -300.0f32..300.0, y in -300.0f32..300.0, w in 0.0f32..400.0, h in 0.0f32..400.0, width in 1u32..300, height in 1u32..300) {
            let region = scaled_box(&BoundingBox::new(x, y, w, h), 2.7, width, height);
            prop_assert!(region.width > 0 && region.x + region.width <= width);
            prop_assert!(region.height > 0 && region.y + region.height <= height);
        }
    }
}
