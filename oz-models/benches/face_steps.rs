//! Time of the face pipeline without its networks: cropping, packing, decoding. Needs no engine.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros generate public functions")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use oz_core::Result;
use oz_core::face::port::{FeatureExtractor, LandmarkEstimator};
use oz_core::face::{BoundingBox, DetectedFace, FaceKeypoints, FaceSample, LocatedFace, Point};
use oz_core::inference::port::Session;
use oz_core::inference::{Dim, Signature, Tensor, TensorSpec, TensorView};
use oz_core::media::Image;
use oz_models::ledger::{Ledger, Manifest};
use oz_models::{detection, landmarks, pad, recognition};

/// A session whose outputs are all -1 without computing anything: a logit that means "no face".
#[derive(Debug)]
struct ConstantSession(Signature);

impl ConstantSession {
    fn for_model(manifest: &Manifest) -> Arc<dyn Session> {
        let dims = |shape: &[usize]| {
            let dim = |&length: &usize| if length == 0 { Dim::Dynamic } else { Dim::Fixed(length) };
            shape.iter().map(dim).collect()
        };
        let spec = |name: &str, shape: &[usize]| TensorSpec { name: name.into(), shape: dims(shape) };
        Arc::new(Self(Signature {
            inputs: vec![spec(&manifest.input.name, &manifest.input.shape)],
            outputs: manifest.outputs.iter().map(|output| spec(&output.name, &output.shape)).collect(),
        }))
    }
}

impl Session for ConstantSession {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn run(&self, inputs: &[TensorView<'_>]) -> Result<Vec<Tensor>> {
        let batch = inputs[0].shape()[0];
        let length = |dim: &Dim| if let Dim::Fixed(length) = dim { *length } else { batch };
        let answer = |output: &TensorSpec| {
            let shape: Vec<usize> = output.shape.iter().map(length).collect();
            let count = shape.iter().product();
            Tensor::new(shape, vec![-1.0; count])
        };
        self.0.outputs.iter().map(answer).collect()
    }
}

fn face() -> DetectedFace {
    DetectedFace {
        bounding_box: BoundingBox::new(220.0, 140.0, 180.0, 180.0),
        score: 0.9,
        keypoints: FaceKeypoints {
            right_eye: Point::new(270.0, 190.0),
            left_eye: Point::new(350.0, 200.0),
            nose: Point::new(308.0, 235.0),
            mouth: Point::new(305.0, 280.0),
        },
    }
}

/// A face whose mesh has valid positions at the five points that alignment uses.
fn located(landmarks: &landmarks::MeshEstimator, image: &Image) -> LocatedFace {
    let mut mesh = landmarks.estimate(image, &[face()]).unwrap().remove(0);
    for (index, x, y) in
        [(468, 270.0, 190.0), (473, 350.0, 200.0), (1, 308.0, 235.0), (61, 275.0, 275.0), (291, 335.0, 283.0)]
    {
        (mesh.points[index].x, mesh.points[index].y) = (x, y);
    }
    LocatedFace::new(face(), mesh)
}

fn steps(criterion: &mut Criterion) {
    let ledger = Ledger::bundled().unwrap();
    let open = |id: &str| {
        let manifest = ledger.get(id).unwrap();
        (manifest, ConstantSession::for_model(manifest))
    };
    let detector = |id| {
        let (manifest, session) = open(id);
        detection::from_manifest(manifest, session).unwrap()
    };

    let (short, full) = (detector("face_detection_short"), detector("face_detection_full"));
    let landmarks =
        landmarks::from_manifest(open("face_landmarks_478"), Some(open("face_blendshapes"))).unwrap();
    let (manifest, session) = open("mobilefacenet_192");
    let calibration = recognition::calibration_of(manifest).unwrap();
    let extractor = recognition::from_manifest(manifest, session, calibration).unwrap();
    let (manifest, session) = open("minifasnet_v2_2.7");
    let pad = pad::from_manifest(manifest, session).unwrap();

    let image = Image::from_fn(640, 480, |x, y| [(x ^ y) as u8, (x * 3) as u8, (y * 5) as u8]);
    let located = located(&landmarks, &image);
    let sample = FaceSample { image: &image, face: &located };

    let mut group = criterion.benchmark_group("640 x 480");
    group.bench_function("detect, short range", |b| b.iter(|| short.detect(black_box(&image))));
    group.bench_function("detect, full range", |b| b.iter(|| full.detect(black_box(&image))));
    group.bench_function("mesh and expression", |b| {
        b.iter(|| landmarks.estimate(black_box(&image), &[face()]));
    });
    group.bench_function("features", |b| b.iter(|| extractor.extract(black_box(&[sample]))));
    group.bench_function("PAD", |b| b.iter(|| pad.score(black_box(&[sample]))));
}

criterion_group!(benches, steps);
criterion_main!(benches);
