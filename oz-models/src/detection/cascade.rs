//! Fallback from one detector to the next.

use std::sync::Arc;

use oz_core::Result;
use oz_core::face::DetectedFace;
use oz_core::face::port::FaceDetector;
use oz_core::inference::ModelId;
use oz_core::media::Image;

/// Runs detectors in order until one finds a face.
///
/// Intended for a fast short-range detector followed by a slower full-range one. If the first detector finds
/// only the near faces of a group, the second does not run and the distant faces are not found.
#[derive(Debug, Clone)]
pub struct Cascade {
    detectors: Vec<Arc<dyn FaceDetector>>,
}

impl Cascade {
    /// Creates a cascade; `detectors` run in the given order.
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

    /// Returns a fixed number of faces with a fixed score.
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

    fn scores(detectors: &[(usize, f32)]) -> Vec<f32> {
        let detectors =
            detectors.iter().map(|&(n, score)| Arc::new(Fixed(n, score)) as Arc<dyn FaceDetector>);
        let cascade = Cascade::new(detectors.collect());
        cascade.detect(&Image::from_fn(9, 9, |_, _| [0; 3])).unwrap().iter().map(|face| face.score).collect()
    }

    #[test]
    fn first_detector_with_a_face_wins() {
        assert_eq!(scores(&[(0, 0.1), (2, 0.2), (1, 0.3)]), [0.2, 0.2]);
    }

    #[test]
    fn no_face_is_an_empty_result() {
        assert!(scores(&[(0, 0.1), (0, 0.2)]).is_empty());
        assert!(scores(&[]).is_empty());
    }
}
