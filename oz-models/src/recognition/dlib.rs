//! dlib's ResNet: 150 x 150 pixels, feature vectors of 128 values.

use oz_core::face::{AlignmentTemplate, FivePoints, Point};

use super::AlignedSpec;
use crate::ledger::{ColourOrder, Crop, ImageInput, Layout};

/// dlib's face chip of 150 pixels with padding 0.25. Each eye is the mean of its six points in the 68-point
/// template.
///
/// Source: dlib 19.24, `image_transforms/interpolation.h`, `get_face_chip_details`.
const FACE_CHIP: AlignmentTemplate = AlignmentTemplate {
    size: 150,
    points: FivePoints {
        right_eye: Point::new(47.549_18, 46.599_034),
        left_eye: Point::new(100.476_135, 46.599_034),
        nose: Point::new(74.0127, 76.5625),
        mouth_right: Point::new(50.4149, 103.0233),
        mouth_left: Point::new(97.6104, 103.0233),
    },
};

impl AlignedSpec {
    /// Configuration of dlib's network: input `[N, 3, 150, 150]`, RGB, minus the mean colour, divided by 256.
    ///
    /// dlib compares unnormalised vectors by Euclidean distance. oz normalises all feature vectors to length
    /// 1 and compares them by cosine similarity, which discriminates equally well.
    ///
    /// Source: dlib 19.24, `dnn/input.h`, `input_rgb_image_sized`.
    #[must_use]
    pub fn dlib(output: impl Into<String>) -> Self {
        let input = ImageInput {
            layout: Layout::Nchw,
            colour: ColourOrder::Rgb,
            mean: [122.782, 117.001, 104.298],
            std: [256.0; 3],
            crop: Crop::Aligned,
            padding: 0,
            width: 150,
            height: 150,
        };
        Self { input, template: FACE_CHIP, output: output.into() }
    }
}
