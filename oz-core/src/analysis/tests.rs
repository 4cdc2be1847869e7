//! The pipeline over models that find one face, always the same.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::port::Analyzer as _;
use super::*;
use crate::Result;
use crate::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator, QualityAssessor};
use crate::face::{
    BoundingBox, Calibration, ComparisonDecision, DetectedFace, FaceKeypoints, FaceMesh, FaceSample,
    FeatureVector, LocatedFace, Point, Point3, QualityReport,
};
use crate::inference::ModelId;
use crate::media::{Frame, FrameList, Image, MediaKind};
use crate::system::Timestamp;
use crate::system::port::Clock;

#[derive(Debug)]
struct Toy {
    model: ModelId,
    calibration: Calibration,
}

impl FaceDetector for Toy {
    fn models(&self) -> Vec<ModelId> {
        Vec::new()
    }

    fn detect(&self, _: &Image) -> Result<Vec<DetectedFace>> {
        let point = Point::new(20.0, 20.0);
        let keypoints = FaceKeypoints { right_eye: point, left_eye: point, nose: point, mouth: point };
        let bounding_box = BoundingBox::new(10.0, 10.0, 20.0, 20.0);
        Ok(vec![DetectedFace { bounding_box, score: 0.9, keypoints }])
    }
}

impl LandmarkEstimator for Toy {
    fn models(&self) -> Vec<ModelId> {
        Vec::new()
    }

    fn estimate(&self, _: &Image, faces: &[DetectedFace]) -> Result<Vec<FaceMesh>> {
        let point = |index: usize| Point3 { x: (index % 22) as f32, y: (index / 22) as f32, z: 0.0 };
        let points = Box::new(std::array::from_fn(point));
        Ok(faces
            .iter()
            .map(|_| FaceMesh { points: points.clone(), presence: 1.0, blendshapes: None })
            .collect())
    }
}

impl QualityAssessor for Toy {
    fn assess(&self, _: &Image, faces: &[LocatedFace]) -> Result<Vec<QualityReport>> {
        Ok(faces.iter().map(|_| QualityReport::from_components(Vec::new())).collect())
    }
}

impl FeatureExtractor for Toy {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    fn extract(&self, faces: &[FaceSample<'_>]) -> Result<Vec<FeatureVector>> {
        faces.iter().map(|_| FeatureVector::normalized(self.model.clone(), vec![0.6, 0.8])).collect()
    }
}

impl Clock for Toy {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(0)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn pipeline() -> FacePipeline {
    let calibration = Calibration::uncalibrated(0.4, 12.0).unwrap();
    let toy = Arc::new(Toy { model: ModelId::new("toy"), calibration });
    let stages = FaceStages {
        detector: toy.clone(),
        landmarks: toy.clone(),
        quality: toy.clone(),
        extractor: Some(toy.clone()),
        pad: None,
    };
    FacePipeline::new(stages, LivenessPolicy::default(), toy)
}

#[test]
fn extractor_without_operating_points_compares_without_a_rate() {
    let features = FeatureVector::normalized(ModelId::new("toy"), vec![0.6, 0.8]).unwrap();

    let comparison = pipeline().compare(&features, &features, &AnalysisRequest::default()).unwrap();

    assert_eq!((comparison.decision, comparison.fmr), (ComparisonDecision::Match, None));
    assert_eq!(serde_json::to_value(comparison).unwrap()["fmr"], serde_json::Value::Null);
}

#[test]
fn outcome_serialises_to_everything_but_pixels() {
    let frame = |index: u64| Frame {
        image: Image::from_fn(64, 48, |_, _| [7; 3]),
        time: Duration::from_millis(100 * index),
        index,
    };
    let mut media = FrameList::new(MediaKind::Video, (0..3).map(frame).collect());
    let features = FeatureVector::normalized(ModelId::new("toy"), vec![0.6, 0.8]).unwrap();
    let request = AnalysisRequest { reference: Some(features), ..AnalysisRequest::default() };
    let outcome = pipeline().analyze(&mut media, &request, &mut |_| ControlFlow::Continue(())).unwrap();

    let shown = serde_json::to_value(outcome.clone()).unwrap();

    assert_eq!((&shown["frames_decoded"], &shown["media"]["kind"]), (&3.into(), &"video".into()));
    assert_eq!(shown["liveness"]["verdict"], "inconclusive");
    assert_eq!(shown["comparison"]["decision"], "match");
    assert_eq!(shown["models"], serde_json::json!(["toy"]));
    assert_eq!(shown["timings"]["detect"], serde_json::json!({"secs": 0, "nanos": 0}));
    let best_shot = &shown["best_shot"];
    assert_eq!(best_shot["subject"]["face"]["mesh"]["points"].as_array().unwrap().len(), FaceMesh::POINTS);
    assert_eq!(best_shot.get("image"), None);
    let frame = &shown["recording"]["frames"][0];
    assert_eq!((&frame["subject"], frame.get("thumbnail")), (&0.into(), None));
}
