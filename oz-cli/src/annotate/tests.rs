//! Whole pictures, with faces found in the portrait and moved to where a test needs them.

use std::sync::LazyLock;

use oz::core::face::pad::{PadEvidence, PadLayer};
use oz::{Image, Liveness, LivenessPolicy, ObservedFace, Oz};

use super::layout::Layout;
use super::{Annotation, draw, draw_with, palette};

static PORTRAIT: LazyLock<ObservedFace> = LazyLock::new(|| {
    let oz = Oz::builder().build().expect("the models are part of the program");
    let (_, mut faces) = oz
        .inspect(include_bytes!("../../assets/portrait.png").as_slice())
        .expect("the portrait shows a face");
    faces.remove(0)
});

/// The face of the portrait, `width` pixels wide, with its box at `x`, `y`.
fn face_at(x: f32, y: f32, width: f32) -> ObservedFace {
    let mut observed = PORTRAIT.clone();
    let area = observed.face.detection.bounding_box;
    let scale = width / area.width;
    for point in observed.face.mesh.points.iter_mut() {
        point.x = (point.x - area.x) * scale + x;
        point.y = (point.y - area.y) * scale + y;
    }
    observed.face.detection.bounding_box = oz::core::face::BoundingBox::new(x, y, width, area.height * scale);
    observed
}

/// A verdict with reasons of several lines, one of them without spaces.
fn liveness() -> Liveness {
    let sentence = "the frames repeat after 2.4 s: the same eleven frames were found four times. ".repeat(4);
    LivenessPolicy::default().decide(vec![
        PadEvidence::new(PadLayer::Appearance, 0.06, 1.0, sentence),
        PadEvidence::new(PadLayer::Texture, 0.41, 0.5, "x".repeat(300)),
        PadEvidence::new(
            PadLayer::Custom("a layer with a name of many words ".repeat(3).into()),
            0.7,
            0.5,
            "ok",
        ),
        PadEvidence::undecided(PadLayer::Custom("undecided_layer_without_spaces".into()), "no depth camera"),
        PadEvidence::undecided(PadLayer::Motion, "the head turned too little to show its depth ".repeat(3)),
    ])
}

fn blank((width, height): (u32, u32), value: u8) -> Image {
    Image::from_fn(width, height, |_, _| [value; 3])
}

/// Draws faces and checks that the panel has text, none of it on its margins.
fn check_panel(size: (u32, u32), faces: &[ObservedFace]) {
    let (liveness, policy) = (liveness(), LivenessPolicy::default());
    let annotation = Annotation { faces, liveness: &liveness, policy: &policy };
    let layout = Layout::new(size, [annotation]);
    let drawn = draw(&blank(size, 90), &annotation);
    assert_eq!((drawn.width(), drawn.height()), layout.size, "{size:?}");

    // Letters may reach one pixel beyond their advance width.
    let margin = (20.0 * layout.unit) as u32;
    let column = layout.column_width as u32;
    let (left, top) = layout.panel_at;
    let mut drawn_pixels = 0;
    for (x, y) in (top..drawn.height()).flat_map(|y| (left..drawn.width()).map(move |x| (x, y))) {
        let across = (x - left) % column;
        let is_margin = across < margin || across >= column - margin || drawn.height() - y <= margin;
        let is_background = drawn.pixel(x, y) == palette::BACKGROUND;
        assert!(is_background || !is_margin, "{size:?}, {} faces: text at {x}, {y}", faces.len());
        drawn_pixels += u32::from(!is_background);
    }
    assert!(drawn_pixels > 5000, "{size:?}: {drawn_pixels} pixels");
}

#[test]
fn text_stays_inside_the_panel_of_pictures_of_every_shape() {
    for size in [(1, 1), (64, 64), (640, 480), (480, 640), (1500, 60), (60, 1500), (1700, 1700)] {
        let width = size.0.min(size.1) as f32 / 2.0;
        check_panel(size, &[face_at(width / 2.0, width / 2.0, width)]);
    }
    check_panel((640, 480), &[]);
}

#[test]
fn text_stays_inside_the_panel_with_many_faces() {
    let faces: Vec<_> =
        (0..14).map(|index| face_at(20.0 * index as f32, 15.0 * index as f32, 40.0)).collect();
    check_panel((640, 480), &faces[..2]);
    check_panel((640, 480), &faces);
    check_panel((1600, 400), &faces);
}

#[test]
fn faces_that_reach_beyond_the_picture_are_drawn_in_part() {
    let faces = [face_at(-60.0, -80.0, 200.0), face_at(590.0, 430.0, 120.0), face_at(-900.0, 2000.0, 80.0)];
    check_panel((640, 480), &faces);
    check_panel((640, 480), &faces[2..]);
}

#[test]
fn a_face_is_visible_on_dark_and_on_light_pictures() {
    let (liveness, policy) = (liveness(), LivenessPolicy::default());
    let faces = [face_at(300.0, 300.0, 400.0)];
    let annotation = Annotation { faces: &faces, liveness: &liveness, policy: &policy };
    let layout = Layout::new((1000, 1000), [annotation]);
    let (width, height) = layout.picture;
    let top = layout.picture_at.1 as u32;
    for value in [0, 128, 255] {
        let drawn = draw(&blank((1000, 1000), value), &annotation);
        let pixels = (top..top + height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let differs = |&(x, y): &(u32, u32)| drawn.pixel(x, y).into_iter().any(|it| it.abs_diff(value) > 40);
        let share = pixels.filter(differs).count() as f32 / (400.0 * layout.scale).powi(2);
        assert!((0.08..0.6).contains(&share), "{share} of the box on {value}: lines, not an area");
    }
}

#[test]
fn only_a_face_that_is_small_is_shown_enlarged() {
    let height = |width| {
        let faces = [face_at(100.0, 100.0, width)];
        let (liveness, policy) = (liveness(), LivenessPolicy::default());
        let annotation = Annotation { faces: &faces, liveness: &liveness, policy: &policy };
        super::panel::Panel::new(&annotation, &Layout::new((1000, 1000), [annotation])).height()
    };
    assert!(height(100.0) > height(500.0) + 200.0, "{} and {}", height(100.0), height(500.0));
}

#[test]
fn frames_of_a_recording_have_one_size() {
    let (liveness, policy) = (liveness(), LivenessPolicy::default());
    let face = [face_at(100.0, 100.0, 60.0)];
    let annotation = |faces| Annotation { faces, liveness: &liveness, policy: &policy };
    let (without, with) = (annotation(&[]), annotation(&face));
    let layout = Layout::new((320, 240), [without, with]);

    let image = blank((320, 240), 90);
    for annotation in [without, with] {
        let drawn = draw_with(&image, &annotation, &layout);
        assert_eq!((drawn.width(), drawn.height()), layout.size);
    }
}
