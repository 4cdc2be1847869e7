//! Quality falls as pictures get worse, and the best shot compares better than an average frame.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/attacks/mod.rs"]
mod attacks;
mod support;

use std::sync::Arc;

use attacks::{Head, Pose, Random, SIDE, Script, identity, motion, pixels};
use oz::core::face::{BoundingBox, Point};
use oz::{AnalysisRequest, Gesture, Image, QualityReport};

/// Maximum rise between two steps, since the mesh is estimated separately on every picture.
const TOLERANCE: u8 = 2;

/// The portrait, and three variants with different skin, light and wall.
fn heads() -> Vec<Arc<Head>> {
    (0..3).map(|seed| Arc::new(identity::relit(seed))).chain([Arc::new(identity::original())]).collect()
}

/// Unified quality of the only face with its weakest component; 0 if no face is found.
fn unified(image: &Image) -> (u8, String) {
    let (_, faces) = support::shared_oz().inspect(image).unwrap();
    let Some(report) = faces.first().map(|face| &face.quality) else { return (0, "no face".into()) };
    let weakest = report.components.iter().min_by_key(|component| component.value).unwrap();
    (report.unified, format!("{} by {:?} {}", report.unified, weakest.element, weakest.value))
}

/// Unified quality of a face with a component of value 0 is at most this. The order of such pictures is
/// undefined.
const UNUSABLE: u8 = 50;

/// Minimum loss of quality from the first to the last step. A turn of 42 degrees loses 8, every other defect
/// more than 25.
const MIN_LOSS: u8 = 6;

/// Checks that the quality never rises from step to step and falls clearly over all steps.
fn check(defect: &str, degrade: impl Fn(&Head, f32) -> Image, steps: &[f32]) {
    check_on(&heads(), defect, degrade, steps);
}

fn check_on(heads: &[Arc<Head>], defect: &str, degrade: impl Fn(&Head, f32) -> Image, steps: &[f32]) {
    for (number, head) in heads.iter().enumerate() {
        let (values, descriptions): (Vec<u8>, Vec<String>) =
            steps.iter().map(|step| unified(&degrade(head, *step))).unzip();
        println!("{defect}, face {number}: {}", descriptions.join(", "));
        assert!(
            values.windows(2).all(|pair| pair[1] <= pair[0].max(UNUSABLE) + TOLERANCE),
            "{defect}, face {number}: {values:?}"
        );
        assert!(values[values.len() - 1] + MIN_LOSS <= values[0], "{defect}, face {number}: {values:?}");
    }
}

#[test]
fn blur_lowers_quality() {
    // Also on generated faces, whose lips have little contrast.
    let heads: Vec<_> = heads().into_iter().chain((0..6).map(identity::generated)).collect();
    let blurred = |head: &Head, reach: f32| pixels::blurred(head.image(), reach as i32);
    check_on(&heads, "blur", blurred, &[0.0, 1.0, 2.0, 3.0, 5.0]);
}

#[test]
fn darkness_lowers_quality() {
    let dark = |head: &Head, gain: f32| pixels::toned(head.image(), |value, _| value * gain);
    check("darkness", dark, &[1.0, 0.5, 0.3, 0.2, 0.1, 0.06]);
}

#[test]
fn overexposure_lowers_quality() {
    let bright = |head: &Head, gain: f32| pixels::toned(head.image(), |value, _| value * gain);
    check("light", bright, &[1.0, 1.6, 2.2, 3.0, 4.5]);
}

#[test]
fn turned_head_lowers_quality() {
    for side in [-1.0, 1.0] {
        let turned = |head: &Head, yaw: f32| head.render(&Pose { yaw: side * yaw, ..Pose::default() });
        check("turn", turned, &[0.0, 12.0, 22.0, 32.0, 42.0]);
    }
}

#[test]
fn low_resolution_lowers_quality() {
    let small = |head: &Head, step: f32| {
        let (step, side) = (step as u32, SIDE / step as u32);
        let image = head.image();
        Image::from_fn(side, side, |x, y| {
            let squares = (0..step * step).map(|n| image.pixel(x * step + n % step, y * step + n / step));
            let sum = squares.fold([0u32; 3], |sum, p| std::array::from_fn(|c| sum[c] + u32::from(p[c])));
            sum.map(|sum| (sum / (step * step)) as u8)
        })
    };
    check("size", small, &[1.0, 2.0, 3.0, 4.0, 6.0]);
}

#[test]
fn covered_face_lowers_quality() {
    // A blue cloth that covers the face from the chin upwards.
    let covered = |head: &Head, share: f32| {
        let (_, faces) = support::shared_oz().inspect(head.image()).unwrap();
        let face = faces[0].face.mesh.bounding_box();
        let cloth =
            BoundingBox::new(face.x, face.bottom() - share * face.height, face.width, share * face.height);
        Image::from_fn(SIDE, SIDE, |x, y| {
            let inside = cloth.contains(Point::new(x as f32, y as f32));
            if inside { [90, 140, 200] } else { head.image().pixel(x, y) }
        })
    };
    check("cover", covered, &[0.0, 0.45, 0.6, 0.9]);
}

#[test]
fn best_shot_faces_the_camera_with_open_eyes() {
    for seed in 0..2 {
        let mut random = Random::new(seed);
        let script = Script::of(&[Gesture::Left, Gesture::Eyes, Gesture::Down], &mut random);
        let pictures = script.pictures(&identity::generated(seed), &mut random);
        let outcome =
            support::shared_oz().analyze(motion::video(pictures), &AnalysisRequest::default()).unwrap();
        let best = outcome.best_shot.unwrap();
        let pose = script.pose(best.time.as_secs_f32());
        assert!(pose.yaw.abs() < 10.0 && pose.blink < 0.6, "seed {seed}: {pose:?} at {:?}", best.time);
        assert!(best.subject.quality.unified >= QualityReport::ACCEPTABLE);
    }
}

/// Compares the best shot of real videos, and every tenth frame, with the selfie of the same person.
#[test]
fn best_shot_matches_better_than_an_average_frame() {
    let name = "best_shot_matches_better_than_an_average_frame";
    let Some(data) = support::evaluation_data(name) else { return };
    let rows = support::csv(&data.join("index.csv"));
    let oz = support::shared_oz();
    let of = |part: &str| {
        rows.iter().filter(|row| row["set"] == "td_real" && row["part"] == part).collect::<Vec<_>>()
    };
    let (selfies, videos) = (of("selfies"), of("videos"));
    assert!(!videos.is_empty(), "the folder contains no videos with selfies");
    for video in videos {
        let selfie = selfies.iter().find(|row| row["identity"] == video["identity"]).unwrap();
        let reference = oz.features(data.join(&selfie["file"])).unwrap();
        let path = data.join(&video["file"]);
        let best = oz.analyze(&path, &AnalysisRequest::default()).unwrap().features.unwrap();
        let best = best.similarity(&reference).unwrap();

        let (mut source, mut others) = (oz.open(&path).unwrap(), Vec::new());
        while let Some(frame) = source.next_frame().unwrap() {
            if frame.index.is_multiple_of(10) {
                let features = oz.features(&frame.image).ok();
                others.push(features.map_or(-1.0, |features| features.similarity(&reference).unwrap()));
            }
        }

        let mean = others.iter().sum::<f32>() / others.len() as f32;
        let beaten = others.iter().filter(|other| **other < best).count();
        println!(
            "{}: best shot {best:.3}, {} frames {mean:.3} on average, {beaten} of them below",
            video["identity"],
            others.len()
        );
        assert!(best > mean, "{}: {best} against {mean}", video["identity"]);
        assert!(2 * beaten > others.len(), "{}: {beaten} of {}", video["identity"], others.len());
    }
}
