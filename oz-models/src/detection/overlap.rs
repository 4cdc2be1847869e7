//! Non-maximum suppression: one detection per face out of many that overlap.

use oz_core::face::{BoundingBox, DetectedFace, FaceKeypoints, Point};

/// Merges overlapping detections into their mean weighted by score; the merged detection keeps the highest
/// score.
///
/// A group consists of the best remaining detection and all that overlap it by an intersection over union of
/// more than `iou`, 0..=1. The result is sorted by score, highest first.
///
/// Source: Bazarevsky et al. 2019, arXiv:1907.05047, section 3.3; MediaPipe
/// `non_max_suppression_calculator.cc`.
#[must_use]
pub fn merge_weighted(candidates: Vec<DetectedFace>, iou: f32) -> Vec<DetectedFace> {
    group(candidates, iou).into_iter().map(|group| mean(&group)).collect()
}

/// Keeps the best detection of each group and drops the rest; grouping and order are those of
/// [`merge_weighted`].
#[must_use]
pub fn keep_best(candidates: Vec<DetectedFace>, iou: f32) -> Vec<DetectedFace> {
    group(candidates, iou).into_iter().map(|group| group[0]).collect()
}

fn group(mut candidates: Vec<DetectedFace>, iou: f32) -> Vec<Vec<DetectedFace>> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut groups: Vec<Vec<DetectedFace>> = Vec::new();
    for face in candidates {
        let overlaps = |group: &&mut Vec<DetectedFace>| group[0].bounding_box.iou(&face.bounding_box) > iou;
        match groups.iter_mut().find(overlaps) {
            Some(group) => group.push(face),
            None => groups.push(vec![face]),
        }
    }
    groups
}

fn mean(group: &[DetectedFace]) -> DetectedFace {
    let total: f32 = group.iter().map(|face| face.score).sum();
    let mean = |value: fn(&DetectedFace) -> f32| {
        group.iter().map(|face| face.score * value(face)).sum::<f32>() / total
    };
    let point = |x: fn(&DetectedFace) -> f32, y: fn(&DetectedFace) -> f32| Point::new(mean(x), mean(y));

    DetectedFace {
        bounding_box: BoundingBox::new(
            mean(|f| f.bounding_box.x),
            mean(|f| f.bounding_box.y),
            mean(|f| f.bounding_box.width),
            mean(|f| f.bounding_box.height),
        ),
        score: group[0].score,
        keypoints: FaceKeypoints {
            right_eye: point(|f| f.keypoints.right_eye.x, |f| f.keypoints.right_eye.y),
            left_eye: point(|f| f.keypoints.left_eye.x, |f| f.keypoints.left_eye.y),
            nose: point(|f| f.keypoints.nose.x, |f| f.keypoints.nose.y),
            mouth: point(|f| f.keypoints.mouth.x, |f| f.keypoints.mouth.y),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn face(x: f32, y: f32, side: f32, score: f32) -> DetectedFace {
        let p = Point::new(x + side / 2.0, y + side / 2.0);
        let keypoints = FaceKeypoints { right_eye: p, left_eye: p, nose: p, mouth: p };
        DetectedFace { bounding_box: BoundingBox::new(x, y, side, side), score, keypoints }
    }

    #[test]
    fn higher_score_has_more_weight() {
        let merged = merge_weighted(vec![face(0.0, 0.0, 10.0, 0.3), face(2.0, 0.0, 10.0, 0.9)], 0.3);
        assert_eq!(merged.len(), 1);
        assert!((merged[0].bounding_box.x - 1.5).abs() < 1e-5);
        assert!((merged[0].keypoints.nose.x - 6.5).abs() < 1e-5);
        assert_eq!(merged[0].score, 0.9);
    }

    #[test]
    fn disjoint_faces_are_not_merged() {
        let apart = vec![face(0.0, 0.0, 10.0, 0.9), face(20.0, 0.0, 10.0, 0.8)];
        assert_eq!(merge_weighted(apart.clone(), 0.3), apart);
    }

    fn faces() -> impl Strategy<Value = Vec<DetectedFace>> {
        let one = (0.0f32..60.0, 0.0f32..60.0, 5.0f32..40.0, 0.5f32..1.0);
        prop::collection::vec(one.prop_map(|(x, y, side, score)| face(x, y, side, score)), 0..20)
    }

    proptest! {
        #[test]
        fn suppression_is_idempotent(faces in faces()) {
            let once = keep_best(faces, 0.3);
            prop_assert_eq!(keep_best(once.clone(), 0.3), once);
        }

        #[test]
        fn merging_and_keeping_agree_on_groups(faces in faces()) {
            let scores = |faces: &[DetectedFace]| faces.iter().map(|face| face.score).collect::<Vec<_>>();
            let (merged, kept) = (merge_weighted(faces.clone(), 0.3), keep_best(faces, 0.3));
            prop_assert_eq!(scores(&merged), scores(&kept));
        }

        #[test]
        fn mean_lies_within_its_group(faces in faces()) {
            let edges = || faces.iter().map(|face| face.bounding_box.x);
            let (low, high) = (edges().fold(f32::MAX, f32::min), edges().fold(f32::MIN, f32::max));

            for face in merge_weighted(faces, 0.3) {
                prop_assert!(face.bounding_box.x >= low - 1e-3 && face.bounding_box.x <= high + 1e-3);
            }
        }
    }
}
