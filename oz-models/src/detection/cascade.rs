//! Several detectors, one after another.

use std::sync::Arc;

use oz_core::Result;
use oz_core::face::DetectedFace;
use oz_core::face::port::FaceDetector;
use oz_core::inference::ModelId;
use oz_core::media::Image;

/// Asks its detectors in order and takes the first answer that holds a face.
///
/// Made for a fast detector of near faces with a slower one of far faces behind it. Where the first sees only the near
/// faces of a group, the far ones are not looked for.
#[derive(Debug, Clone)]
pub struct Cascade {
    detectors: Vec<Arc<dyn FaceDetector>>,
}

impl Cascade {
    /// Joins detectors, the first to be asked first.
    #[must_use]
    pub fn new(detectors: Vec<Arc<dyn FaceDetector>>) -> Self {
        Self { detectors }
    }
}

impl FaceDetector for Cascade {
    fn models(&self) -> Vec<ModelId> {
        self.detectors.iter().flat_map(|detector| detector.models()).collect()
    }

    fn detect(&self, image: &Image) -> Result<Vec<DetectedFace>> {
        for detector in &self.detectors {
            let faces = detector.detect(image)?;
            if !faces.is_empty() {
                return Ok(faces);
            }
        }
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use oz_core::face::{BoundingBox, FaceKeypoints, Point};

    use super::*;

    /// Finds as many faces as it is told to.
    #[derive(Debug)]
    struct Fixed(usize, f32);

    impl FaceDetector for Fixed {
        fn models(&self) -> Vec<ModelId> {
            vec![ModelId::new(format!("fixed-{}", self.0))]
        }

        fn detect(&self, _: &Image) -> Result<Vec<DetectedFace>> {
            let p = Point::new(1.0, 1.0);
            let keypoints = FaceKeypoints { right_eye: p, left_eye: p, nose: p, mouth: p };
            let face =
                DetectedFace { bounding_box: BoundingBox::new(0.0, 0.0, 9.0, 9.0), score: self.1, keypoints };
            Ok(vec![face; self.0])
        }
    }

    fn found(detectors: &[(usize, f32)]) -> Vec<f32> {
        let detectors =
            detectors.iter().map(|&(n, score)| Arc::new(Fixed(n, score)) as Arc<dyn FaceDetector>);
        let cascade = Cascade::new(detectors.collect());
        cascade.detect(&Image::from_fn(9, 9, |_, _| [0; 3])).unwrap().iter().map(|face| face.score).collect()
    }

    #[test]
    fn the_first_that_finds_a_face_answers() {
        assert_eq!(found(&[(0, 0.1), (2, 0.2), (1, 0.3)]), [0.2, 0.2]);
    }

    #[test]
    fn no_face_is_an_answer() {
        assert!(found(&[(0, 0.1), (0, 0.2)]).is_empty());
        assert!(found(&[]).is_empty());
    }
}
