//! The face pipeline compared with the Python reference (`tools/golden`), on every available engine.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod face_support;

use std::fs;

use face_support::{Models, engines, read, root};
use oz_core::face::port::{FaceDetector, FeatureExtractor, LandmarkEstimator};
use oz_core::face::{DetectedFace, FaceKeypoints, FaceSample, LocatedFace, Point};
use oz_core::media::Image;
use serde_json::Value;

fn golden() -> (Image, Value) {
    let tests = root().join("../tests");
    let text = fs::read_to_string(tests.join("golden/astronaut.json")).unwrap();
    (read(&tests.join("fixtures/astronaut.png")), serde_json::from_str(&text).unwrap())
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

fn points(value: &Value) -> Vec<Vec<f32>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// Maximum absolute difference of two rows of numbers.
fn max_difference(found: impl IntoIterator<Item = f32>, expected: &[f32]) -> f32 {
    found.into_iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn flat(points: &FaceKeypoints) -> [f32; 8] {
    let FaceKeypoints { right_eye, left_eye, nose, mouth } = *points;
    [right_eye.x, right_eye.y, left_eye.x, left_eye.y, nose.x, nose.y, mouth.x, mouth.y]
}

/// Detection of the reference, so that every step is compared in isolation.
fn reference_face(value: &Value) -> DetectedFace {
    let side = |name: &str| value["box"][name].as_f64().unwrap() as f32;
    let keypoints: Vec<_> = points(&value["keypoints"]).iter().map(|p| Point::new(p[0], p[1])).collect();
    DetectedFace {
        bounding_box: oz_core::face::BoundingBox::new(
            side("left"),
            side("top"),
            side("width"),
            side("height"),
        ),
        score: value["score"].as_f64().unwrap() as f32,
        keypoints: FaceKeypoints {
            right_eye: keypoints[0],
            left_eye: keypoints[1],
            nose: keypoints[2],
            mouth: keypoints[3],
        },
    }
}

#[test]
fn boxes_and_keypoints_are_within_a_pixel() {
    let (image, golden) = golden();
    for engine in engines() {
        let models = Models::on(engine);
        for id in ["face_detection_short", "face_detection_full"] {
            let expected: Vec<_> = golden[id].as_array().unwrap().iter().map(reference_face).collect();
            let found = models.detector(id).detect(&image).unwrap();
            assert_eq!(found.len(), expected.len(), "{id}");

            for (found, expected) in found.iter().zip(&expected) {
                let bounds = |face: &DetectedFace| {
                    let b = face.bounding_box;
                    [b.x, b.y, b.right(), b.bottom()]
                };
                let (off_box, off_points) = (
                    max_difference(bounds(found), &bounds(expected)),
                    max_difference(flat(&found.keypoints), &flat(&expected.keypoints)),
                );
                println!(
                    "{id}: box {off_box:.3} px, keypoints {off_points:.3} px, score {} {}",
                    found.score, expected.score
                );
                assert!(off_box < 1.0 && off_points < 1.0, "{id}: {found:?} instead of {expected:?}");
                assert!((found.score - expected.score).abs() < 0.01);
            }
        }
    }
}

#[test]
fn mesh_and_expression_match_the_reference() {
    let (image, golden) = golden();
    let face = reference_face(&golden["face_detection_short"][0]);
    for engine in engines() {
        let mesh = Models::on(engine).landmarks().estimate(&image, &[face]).unwrap().remove(0);
        let expected = points(&golden["face_landmarks_478"]["points"]);
        let rows = mesh.points.iter().zip(&expected);
        let off = rows
            .map(|(found, expected)| max_difference([found.x, found.y, found.z], expected))
            .fold(0.0, f32::max);

        let expression = mesh.blendshapes.unwrap();
        let off_expression = max_difference(*expression.0, &numbers(&golden["face_blendshapes"]));
        println!("mesh {off:.3} px, expression {off_expression:.4}");
        assert!(off < 0.5, "the mesh is off by {off} px");
        assert!(off_expression < 0.02, "the expression is off by {off_expression}");
        assert!(mesh.presence > 0.99);
    }
}

#[test]
fn feature_vector_matches_the_reference() {
    let (image, golden) = golden();
    let expected = numbers(&golden["mobilefacenet_192"]);
    let reference = reference_face(&golden["face_detection_short"][0]);
    for engine in engines() {
        let models = Models::on(engine);
        let (landmarks, extractor) = (models.landmarks(), models.extractor("mobilefacenet_192"));

        // With the detection of the reference, and with that of the whole pipeline.
        let own = models.cascade().detect(&image).unwrap()[0];
        for (face, at_least) in [(reference, 0.9999), (own, 0.9999)] {
            let mesh = landmarks.estimate(&image, &[face]).unwrap().remove(0);
            let face = LocatedFace::new(face, mesh);
            let vector = extractor.extract(&[FaceSample { image: &image, face: &face }]).unwrap().remove(0);
            let cosine: f32 = vector.values().iter().zip(&expected).map(|(a, b)| a * b).sum();
            println!("cosine {cosine:.6}");
            assert!(cosine >= at_least, "the cosine is {cosine}");
        }
    }
}

#[test]
fn pad_score_matches_the_reference() {
    let (image, golden) = golden();
    let face = reference_face(&golden["face_detection_short"][0]);
    let expected = golden["pad_views"].as_f64().unwrap() as f32;
    for engine in engines() {
        let models = Models::on(engine);
        let mesh = models.landmarks().estimate(&image, &[face]).unwrap().remove(0);
        let face = LocatedFace::new(face, mesh);
        let score =
            models.pad("pad_views").score(&[FaceSample { image: &image, face: &face }]).unwrap()[0].value();

        let calibration = models.manifest("pad_views").pad_calibration.unwrap();
        let expected = calibration.score(expected).unwrap().value();
        println!("score {score}, reference {expected}");
        assert!((score - expected).abs() < 0.01, "the score is {score} instead of {expected}");
    }
}

#[test]
fn batch_and_single_faces_have_the_same_results() {
    let (image, golden) = golden();
    let face = reference_face(&golden["face_detection_short"][0]);
    let shifted = DetectedFace { bounding_box: face.bounding_box.scaled(1.1), ..face };
    for engine in engines() {
        let models = Models::on(engine);
        let landmarks = models.landmarks();

        let together = landmarks.estimate(&image, &[face, shifted]).unwrap();
        for (face, mesh) in [face, shifted].iter().zip(&together) {
            let alone = landmarks.estimate(&image, &[*face]).unwrap().remove(0);
            let off = alone.points.iter().zip(&*mesh.points).map(|(a, b)| a.flat().distance(b.flat()));
            assert!(off.fold(0.0, f32::max) < 0.01);
        }
        assert!(landmarks.estimate(&image, &[]).unwrap().is_empty());
        assert!(models.extractor("mobilefacenet_192").extract(&[]).unwrap().is_empty());
    }
}

#[test]
fn image_without_a_face_has_no_detections() {
    for engine in engines() {
        let models = Models::on(engine);
        for (width, height) in [(1, 1), (640, 480), (3, 900)] {
            let image = Image::from_fn(width, height, |x, y| [(x * 7 % 256) as u8, (y * 5 % 256) as u8, 99]);
            assert!(models.cascade().detect(&image).unwrap().is_empty());
        }
    }
}
