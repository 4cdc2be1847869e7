//! Quality of one photograph that is degraded step by step. The mesh comes from the reference run in
//! `tests/golden`.

use oz_core::face::{
    Blendshapes, BoundingBox, DetectedFace, FaceKeypoints, FaceMesh, Point, Point3, QualityElement as E,
};
use serde_json::Value;

use super::*;

fn astronaut() -> (Image, LocatedFace) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests");
    let golden = std::fs::read(format!("{root}/golden/astronaut.json")).unwrap();
    (picture(&format!("{root}/fixtures/astronaut.png")), face(&serde_json::from_slice(&golden).unwrap()))
}

fn picture(path: &str) -> Image {
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    Image::from_rgb(info.width, info.height, pixels).unwrap()
}

fn face(golden: &Value) -> LocatedFace {
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    let numbers = |value: &Value| value.as_array().unwrap().iter().map(number).collect::<Vec<_>>();
    let points = golden["face_landmarks_478"]["points"].as_array().unwrap().iter().map(numbers);
    let points: Vec<_> = points.map(|p| Point3 { x: p[0], y: p[1], z: p[2] }).collect();
    let shapes: Box<[f32; 52]> = numbers(&golden["face_blendshapes"]).try_into().unwrap();
    let mesh = FaceMesh {
        points: points.try_into().unwrap(),
        presence: number(&golden["face_landmarks_478"]["presence"]),
        blendshapes: Some(Blendshapes(shapes)),
    };
    located(mesh)
}

/// Derives the detection from the mesh; quality is measured on the mesh only.
fn located(mesh: FaceMesh) -> LocatedFace {
    let five = mesh.five_points();
    let mouth = five.mouth_right.midpoint(five.mouth_left);
    let keypoints =
        FaceKeypoints { right_eye: five.right_eye, left_eye: five.left_eye, nose: five.nose, mouth };
    LocatedFace::new(DetectedFace { bounding_box: mesh.bounding_box(), score: 0.9, keypoints }, mesh)
}

fn moved(face: &LocatedFace, change: impl Fn(usize, Point3) -> Point3) -> LocatedFace {
    let mut mesh = face.mesh.clone();
    mesh.points.iter_mut().enumerate().for_each(|(index, point)| *point = change(index, *point));
    located(mesh)
}

fn pixelwise(image: &Image, change: impl Fn(f32) -> f32) -> Image {
    let pixels = image.pixels().iter().map(|value| change(f32::from(*value)).round() as u8).collect();
    Image::from_rgb(image.width(), image.height(), pixels).unwrap()
}

/// Mean over squares of pixels, at every pixel (`step` 1) or once per square (`step` = `side`).
fn means(image: &Image, side: u32, step: u32) -> Image {
    let (width, height) = (image.width() / step, image.height() / step);
    Image::from_fn(width, height, |x, y| {
        let mut sum = [0u32; 3];
        for (dx, dy) in (0..side).flat_map(|dy| (0..side).map(move |dx| (dx, dy))) {
            let offset = if step == 1 { side / 2 } else { 0 };
            let at = |v: u32, d: u32, most: u32| (v * step + d).saturating_sub(offset).min(most - 1);
            let pixel = image.pixel(at(x, dx, image.width()), at(y, dy, image.height()));
            sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(value));
        }
        sum.map(|sum| (sum / (side * side)) as u8)
    })
}

fn painted(image: &Image, area: &BoundingBox, colour: [u8; 3]) -> Image {
    Image::from_fn(image.width(), image.height(), |x, y| {
        let inside = area.contains(Point::new(x as f32, y as f32));
        if inside { colour } else { image.pixel(x, y) }
    })
}

fn report(image: &Image, face: &LocatedFace) -> QualityReport {
    MeasuredQuality.assess(image, std::slice::from_ref(face)).unwrap().remove(0)
}

/// Asserts that the value never rises from step to step, that the first step has no advice and the last one
/// has.
fn check(element: E, steps: impl IntoIterator<Item = (Image, LocatedFace)>) {
    let reports: Vec<_> = steps.into_iter().map(|(image, face)| report(&image, &face)).collect();
    let values: Vec<_> = reports.iter().map(|report| report.value(element).unwrap()).collect();
    assert!(values.windows(2).all(|pair| pair[0] >= pair[1]), "{element:?} {values:?}");
    assert!(values[0] >= QualityReport::ACCEPTABLE, "{element:?} {values:?}");
    let last = reports.last().unwrap();
    assert!(last.advice().contains(&advice::for_element(element)), "{element:?} {values:?}");
    assert!(last.unified < reports[0].unified, "{element:?} {values:?}");
}

#[test]
fn good_portrait_has_no_advice() {
    let (image, face) = astronaut();
    let report = report(&image, &face);
    assert!(report.unified >= 80, "{report:?}");
    assert!(report.advice().is_empty(), "{report:?}");
    assert_eq!(report.components.len(), 11);
}

#[test]
fn blur_lowers_sharpness() {
    let (image, face) = astronaut();
    check(E::Sharpness, [1, 2, 3, 5, 7, 9].map(|side| (means(&image, side, 1), face.clone())));
}

#[test]
fn darkness_lowers_under_exposure_but_not_sharpness() {
    let (image, face) = astronaut();
    let darker = |gain: f32| pixelwise(&image, |v| v * gain);
    check(E::UnderExposure, [1.0, 0.7, 0.5, 0.3, 0.2, 0.1].map(|gain| (darker(gain), face.clone())));
    let (bright, dim) = (report(&image, &face), report(&darker(0.5), &face));
    assert!(bright.value(E::Sharpness).unwrap().abs_diff(dim.value(E::Sharpness).unwrap()) < 10);
}

#[test]
fn excess_light_lowers_over_exposure() {
    let (image, face) = astronaut();
    check(
        E::OverExposure,
        [1.0, 1.2, 1.5, 2.0, 3.0].map(|gain| (pixelwise(&image, |v| (v * gain).min(255.0)), face.clone())),
    );
}

#[test]
fn one_sided_light_lowers_illumination() {
    let (image, face) = astronaut();
    let middle = face.mesh.bounding_box().center().x;
    check(
        E::Illumination,
        [1.0, 0.7, 0.5, 0.3, 0.2].map(|gain| {
            let shaded = Image::from_fn(image.width(), image.height(), |x, y| {
                let pixel = image.pixel(x, y);
                if (x as f32) < middle { pixel.map(|v| (f32::from(v) * gain) as u8) } else { pixel }
            });
            (shaded, face.clone())
        }),
    );
}

#[test]
fn turned_head_lowers_pose() {
    let (image, face) = astronaut();
    let center = face.mesh.bounding_box().center().x;
    for side in [-1.0, 1.0] {
        check(
            E::Pose,
            [0.0f32, 10.0, 20.0, 30.0, 45.0, 60.0].map(|angle| {
                let (sin, cos) = (side * angle).to_radians().sin_cos();
                let turn = |_, p: Point3| {
                    let (x, z) = (p.x - center, p.z);
                    Point3 { x: center + x * cos - z * sin, y: p.y, z: x * sin + z * cos }
                };
                (image.clone(), moved(&face, turn))
            }),
        );
    }
}

#[test]
fn fewer_pixels_lower_inter_eye_distance_and_sharpness() {
    let (image, face) = astronaut();
    let smaller = |step: u32| {
        let scale = |_, p: Point3| {
            let shift = (step - 1) as f32 / 2.0;
            Point3 { x: (p.x - shift) / step as f32, y: (p.y - shift) / step as f32, z: p.z / step as f32 }
        };
        (means(&image, step, step), moved(&face, scale))
    };
    check(E::InterEyeDistance, [1, 2, 3, 4].map(smaller));
    check(E::Sharpness, [1, 2, 3, 4].map(smaller));
}

#[test]
fn closed_eyes_and_open_mouth_are_detected() {
    let (image, face) = astronaut();
    let lids = [[160, 144], [159, 145], [158, 153], [387, 373], [386, 374], [385, 380]];
    check(
        E::EyesOpen,
        [0.0f32, 0.3, 0.6, 0.9].map(|closed| {
            let points = face.mesh.points.clone();
            let close = |index: usize, p: Point3| match lids.iter().find(|pair| pair[0] == index) {
                Some(pair) => {
                    Point3 { y: p.y + closed * (points[pair[1]].y - p.y), z: points[pair[1]].z, ..p }
                }
                None => p,
            };
            (image.clone(), moved(&face, close))
        }),
    );
    check(
        E::MouthClosed,
        [0.0f32, 5.0, 10.0, 20.0].map(|open| {
            (
                image.clone(),
                moved(&face, |index, p| if index == 14 { Point3 { y: p.y + open, ..p } } else { p }),
            )
        }),
    );
}

#[test]
fn blink_coefficient_lowers_eyes_open() {
    let (image, mut face) = astronaut();
    face.mesh.blendshapes.as_mut().unwrap().0[9] = 0.7;
    assert!(report(&image, &face).value(E::EyesOpen).unwrap() < QualityReport::ACCEPTABLE);
}

#[test]
fn occlusion_is_detected() {
    let (image, face) = astronaut();
    let all = face.mesh.bounding_box();
    // Cloth from the chin upwards, up to the bridge of the nose and on.
    for colour in [[230, 230, 235], [120, 120, 120], [90, 140, 200]] {
        check(
            E::OcclusionFree,
            [0.0, 0.45, 0.6, 1.0].map(|share| {
                let area =
                    BoundingBox::new(all.x, all.bottom() - share * all.height, all.width, share * all.height);
                (painted(&image, &area, colour), face.clone())
            }),
        );
    }
    // A dark bar over the eyes.
    let eyes = BoundingBox::new(all.x, all.y + 0.25 * all.height, all.width, 0.25 * all.height);
    check(
        E::OcclusionFree,
        [image.clone(), painted(&image, &eyes, [15, 15, 18])].map(|image| (image, face.clone())),
    );
}

/// Fades the lips into the surrounding skin by `share`.
fn faint_lips(image: &Image, face: &LocatedFace, share: f32) -> Image {
    let (upper, lower) = (face.mesh.point(0), face.mesh.point(17));
    let (right, left) = (face.mesh.point(61), face.mesh.point(291));
    let skin = face.mesh.point(164);
    let skin = image.pixel(skin.x as u32, skin.y as u32).map(f32::from);
    Image::from_fn(image.width(), image.height(), |x, y| {
        let (px, py) = (x as f32, y as f32);
        let inside = (right.x..left.x).contains(&px) && (upper.y..lower.y).contains(&py);
        let fade = if inside { share } else { 0.0 };
        let pixel = image.pixel(x, y).map(f32::from);
        std::array::from_fn(|c| (pixel[c] * (1.0 - fade) + skin[c] * fade).round() as u8)
    })
}

fn tinted(image: &Image, gain: [f32; 3]) -> Image {
    Image::from_fn(image.width(), image.height(), |x, y| {
        let pixel = image.pixel(x, y);
        std::array::from_fn(|c| (f32::from(pixel[c]) * gain[c]).min(255.0) as u8)
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    /// Blur and low contrast remove the lips from the image; without a loss of warmth this must not count as
    /// a mask.
    #[test]
    fn blur_and_faint_lips_are_not_a_mask(
        share in 0.0f32..=1.0,
        blur in 1u32..10,
        gain in proptest::array::uniform3(0.8f32..=0.95),
    ) {
        let (image, face) = astronaut();
        let image = means(&tinted(&faint_lips(&image, &face, share), gain), blur, 1);
        let value = report(&image, &face).value(E::OcclusionFree).unwrap();
        proptest::prop_assert!(value >= QualityReport::ACCEPTABLE, "{}", value);
    }

    #[test]
    fn mask_is_detected_in_a_blurred_image(
        colour in proptest::sample::select(vec![
            [225u8, 225, 228],
            [140, 175, 205],
            [35, 35, 38],
            [130, 130, 132],
        ]),
        blur in 1u32..10,
    ) {
        let (image, face) = astronaut();
        let all = face.mesh.bounding_box();
        let area = BoundingBox::new(all.x, all.bottom() - 0.55 * all.height, all.width, 0.55 * all.height);
        let image = means(&painted(&image, &area, colour), blur, 1);
        let value = report(&image, &face).value(E::OcclusionFree).unwrap();
        proptest::prop_assert!(value < QualityReport::ACCEPTABLE, "{}", value);
    }
}

#[test]
fn head_beyond_the_edge_lowers_crop() {
    let (image, face) = astronaut();
    check(
        E::Crop,
        [0.0f32, 120.0, 170.0, 230.0]
            .map(|shift| (image.clone(), moved(&face, |_, p| Point3 { x: p.x - shift, ..p }))),
    );
}

#[test]
fn second_face_counts_by_its_size() {
    let (image, face) = astronaut();
    let single = |factor: f32| {
        let other = moved(&face, |_, p| Point3 { x: 20.0 + p.x * factor, y: p.y * factor, z: p.z * factor });
        MeasuredQuality.assess(&image, &[face.clone(), other]).unwrap()[0].value(E::SingleFace).unwrap()
    };
    assert!(single(0.2) > 90);
    assert_eq!(single(1.0), 0);
}

#[test]
fn values_are_stable_under_upscaling() {
    let (image, face) = astronaut();
    let twice = Image::from_fn(image.width() * 2, image.height() * 2, |x, y| image.pixel(x / 2, y / 2));
    let larger = moved(&face, |_, p| Point3 { x: p.x * 2.0 + 0.5, y: p.y * 2.0 + 0.5, z: p.z * 2.0 });
    for element in [E::Illumination, E::UnderExposure, E::OcclusionFree, E::EyesOpen] {
        let (one, two) = (report(&image, &face), report(&twice, &larger));
        assert!(one.value(element).unwrap().abs_diff(two.value(element).unwrap()) <= 5, "{element:?}");
    }
}

#[test]
fn faces_outside_the_image_and_coincident_points_do_not_panic() {
    let (image, face) = astronaut();
    let small = Image::from_fn(1, 1, |_, _| [9; 3]);
    report(&small, &face);
    report(&image, &moved(&face, |_, p| Point3 { x: p.x + 9e5, y: p.y - 9e5, z: p.z }));
    report(&image, &moved(&face, |_, p| Point3 { x: p.x * 1e4, y: p.y * 1e4, z: p.z * 1e4 }));
    let flat = moved(&face, |_, _| Point3::default());
    assert_eq!(MeasuredQuality.assess(&image, &[flat]).unwrap_err().code(), "analysis.degenerate_landmarks");
    assert!(MeasuredQuality.assess(&image, &[]).unwrap().is_empty());
}
