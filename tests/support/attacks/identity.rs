//! Different faces generated from one portrait: the seed determines geometry, skin, light and wall.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use oz::Image;
use oz::core::face::{FaceMesh, SimilarityTransform, alignment::warp, mesh_index};

use super::pixels::{blurred, frame, moved, sample, toned};
use super::{Head, Random, SIDE};

/// The portrait cropped to its face, [`SIDE`] pixels wide, and its mesh.
pub fn portrait() -> &'static (Image, FaceMesh) {
    static PORTRAIT: OnceLock<(Image, FaceMesh)> = OnceLock::new();
    PORTRAIT.get_or_init(|| {
        let whole = crate::support::shared_oz().decode(crate::support::portrait()).unwrap();
        // A square of 250 of the 512 pixels, centred on the face.
        let step = 250.0 / SIDE as f32;
        let back = SimilarityTransform { a: step, b: 0.0, tx: 100.0, ty: 6.0 };
        measured(warp(&whole, &back, SIDE, SIDE))
    })
}

fn measured(image: Image) -> (Image, FaceMesh) {
    let (_, mut faces) = crate::support::shared_oz().inspect(&image).unwrap();
    assert!(!faces.is_empty(), "the detector finds no face in a generated picture");
    (image, faces.remove(0).face.mesh)
}

/// The unchanged portrait.
pub fn original() -> Head {
    let (image, mesh) = portrait();
    Head::new(image.clone(), mesh)
}

/// Face of another person, by seed. Generated once per run.
pub fn generated(seed: u64) -> Arc<Head> {
    static CACHE: Mutex<BTreeMap<u64, Arc<Head>>> = Mutex::new(BTreeMap::new());
    if let Some(head) = CACHE.lock().unwrap().get(&seed) {
        return head.clone();
    }
    let head = Arc::new(generate(seed));
    CACHE.lock().unwrap().insert(seed, head.clone());
    head
}

/// The portrait with the light, skin and wall of the seed, and unchanged geometry.
pub fn relit(seed: u64) -> Head {
    let mut random = Random::new(seed.wrapping_mul(7_919));
    let (image, mesh) = portrait();
    let (image, mesh) = measured(lit(&walled(image, mesh, &mut random), &mut random));
    Head::new(image, &mesh)
}

fn generate(seed: u64) -> Head {
    let mut random = Random::new(seed.wrapping_mul(7_919));
    let (image, mesh) = portrait();
    let shaped = reshaped(image, mesh, &mut random);
    let (image, mesh) = measured(lit(&walled(&shaped, mesh, &mut random), &mut random));
    Head::new(image, &mesh)
}

/// Changes the geometry by smooth displacements around points of the mesh: width of jaw, eyes, nose and
/// mouth, height of the brows.
fn reshaped(image: &Image, mesh: &FaceMesh, random: &mut Random) -> Image {
    let size = mesh.bounding_box().width;
    let mut bumps: Vec<(f32, f32, f32, f32, f32)> = Vec::new();
    let mut pair = |right: usize, left: usize, reach: f32, across: f32, along: f32| {
        for (index, side) in [(right, -1.0), (left, 1.0)] {
            let at = mesh.point(index);
            bumps.push((at.x, at.y, reach * size, side * across * size, along * size));
        }
    };
    pair(172, 397, 0.28, random.within(-0.07, 0.06), random.within(-0.03, 0.04));
    pair(
        mesh_index::RIGHT_IRIS,
        mesh_index::LEFT_IRIS,
        0.16,
        random.within(-0.03, 0.03),
        random.within(-0.03, 0.03),
    );
    pair(105, 334, 0.16, random.within(-0.02, 0.02), random.within(-0.05, 0.03));
    pair(98, 327, 0.1, random.within(-0.025, 0.03), random.within(-0.03, 0.03));
    // The portrait smiles. The smile is reduced, so that a requested smile is a change.
    pair(61, 291, 0.16, random.within(-0.08, -0.05), random.within(0.075, 0.1));
    moved(image, |x, y| {
        bumps.iter().fold((x, y), |(u, v), (bx, by, reach, dx, dy)| {
            let distance = (x - bx).hypot(y - by) / reach;
            let weight = (-distance * distance / 2.0).exp();
            (u - dx * weight, v - dy * weight)
        })
    })
}

/// Replaces the wall behind the head.
fn walled(image: &Image, mesh: &FaceMesh, random: &mut Random) -> Image {
    let colour: [f32; 3] = std::array::from_fn(|_| random.within(40.0, 210.0));
    let (slope, stripes) = (random.within(-0.25, 0.25), random.within(0.02, 0.12));
    let far = blurred(image, 6);
    let box_ = mesh.bounding_box();
    let center = box_.center();
    frame(|x, y| {
        let (u, v) = ((x - center.x) / box_.width, (y - center.y) / box_.height);
        let away = ((u.hypot(v * 0.9) - 0.95) / 0.3).clamp(0.0, 1.0);
        let wall = |c: usize| colour[c] + slope * (x - y) + 12.0 * (x * stripes).sin();
        let (near, behind) = (sample(image, x, y), sample(&far, x, y));
        std::array::from_fn(|c| near[c] * (1.0 - away) + away * (0.35 * behind[c] + 0.65 * wall(c)))
    })
}

/// Changes skin and light.
fn lit(image: &Image, random: &mut Random) -> Image {
    let gain: [f32; 3] = std::array::from_fn(|_| random.within(0.72, 0.92));
    let (depth, side) = (random.within(0.9, 1.25), random.within(-0.2, 0.2));
    let toned = toned(image, |value, c| 255.0 * (value / 255.0).powf(depth) * gain[c]);
    frame(|x, y| {
        let light = 1.0 + side * (x / SIDE as f32 - 0.5);
        sample(&toned, x, y).map(|value| value * light)
    })
}
