//! Occlusion of the face, detected by colour.
//!
//! Three signs are measured, each 0..=1 with 1 for an uncovered face, and the minimum is used: glasses or
//! cloth over the eyes, a mask over the mouth, and regions that differ from the rest of the face. An object
//! of the colour of skin, such as a hand, is hardly detected. The limits are derived from 220 faces of LFW,
//! nearly all uncovered: 95 % of them reach 0.65 or more.

use oz_core::face::{LocatedFace, Point};
use oz_core::media::Image;

use super::{Measure, response};

/// Mesh points whose centroid is sampled.
type Place = &'static [usize];

const EYES: [Side; 2] = [
    Side { iris: &[468], under: &[230, 229, 119], cheek: &[50, 205, 101] },
    Side { iris: &[473], under: &[450, 449, 348], cheek: &[280, 425, 330] },
];
const BROW: [Place; 5] =
    [&[103, 104, 69], &[332, 333, 299], &[151, 9, 10], &[109, 108, 69], &[338, 337, 299]];
const ROUND_MOUTH: [Place; 5] =
    [&[164], &[165, 92, 206], &[391, 322, 426], &[207, 187, 192], &[427, 411, 416]];
const BESIDE_LIPS: [Place; 4] = [&[165, 92, 206], &[391, 322, 426], &[43, 204], &[273, 424]];
const LIPS: [Place; 2] = [&[0, 13], &[14, 17]];

struct Side {
    iris: Place,
    under: Place,
    cheek: Place,
}

pub(super) fn measure(image: &Image, face: &LocatedFace) -> Measure {
    let tones = Tones { image, face, step: face.five_points().inter_eye_distance() / 40.0 };
    let free = eyes_free(&tones).min(mouth_free(&tones)).min(skin_free(&tones));
    let raw = free * face.mesh.presence;
    Measure { raw, value: response::OCCLUSION.value(raw) }
}

/// Visibility of the eyes.
///
/// Sunglasses darken the skin under the eye relative to the cheek, by 1.2 to 1.5 in log luma (2 % of
/// uncovered faces reach 0.6). An object that covers an eye does not show an iris darker than its
/// surroundings.
fn eyes_free(tones: &Tones<'_>) -> f32 {
    EYES.iter().map(|side| eye_free(tones, side)).fold(1.0, f32::min)
}

fn eye_free(tones: &Tones<'_>, side: &Side) -> f32 {
    let [iris, under, cheek] = [side.iris, side.under, side.cheek].map(|place| tones.at(place).luma);
    ramp(under - cheek, -1.1, -0.55).min(ramp(under - iris, 0.0, 0.2))
}

/// Visibility of the mouth: a mask lacks the warm colour of the brow and hides the lips.
///
/// Around the mouth, less than 0.32 of the warmth of the brow is missing for 98 % of 160 faces of LFW. With a
/// white, grey or black mask painted on the same faces, more than 0.64 is missing for 98 %, and with a blue
/// one more than 1. The loss is taken relative to the brow because the warmth of the brow varies with skin
/// and camera, from 0.2 to 1.2. The contrast of lips and skin is below 0.8 for 15 % of uncovered faces, and
/// blur removes it, so that missing lips alone are not evidence of a mask.
fn mouth_free(tones: &Tones<'_>) -> f32 {
    let (brow, mouth) = (Tone::median(&tones.all(&BROW)), Tone::median(&tones.all(&ROUND_MOUTH)));
    let missing = (brow.warmth() - mouth.warmth()) / brow.warmth().max(MIN_WARMTH);

    let (lips, skin) = (Tone::median(&tones.all(&LIPS)), Tone::median(&tones.all(&BESIDE_LIPS)));
    let contrast = (lips.luma - skin.luma).abs() / 0.3 + (lips.red - skin.red).abs() / 0.08;
    1.0 - ramp(missing, 0.5, 0.8) * (1.0 - ramp(contrast, 0.8, 1.6))
}

/// Lower bound of the warmth of the brow. With less, as in a greyscale image, the loss is not meaningful.
const MIN_WARMTH: f32 = 0.3;

/// Places that show skin on an uncovered face, each with its log luma relative to the median of all places.
const SKIN: [(Place, f32); 18] = [
    (&[151, 9, 10], 0.15),
    (&[195, 5, 197], 0.16),
    (&[164, 2, 167], -0.19),
    (&[200, 199, 18], 0.02),
    (&[103, 104, 69], 0.0),
    (&[332, 333, 299], 0.0),
    (&[230, 229, 119], 0.01),
    (&[450, 449, 348], 0.01),
    (&[27, 28, 56], -0.26),
    (&[257, 258, 286], -0.26),
    (&[50, 205, 101], 0.11),
    (&[280, 425, 330], 0.11),
    (&[207, 187, 192], -0.08),
    (&[427, 411, 416], -0.08),
    (&[165, 92, 206], -0.03),
    (&[391, 322, 426], -0.03),
    (&[131, 49, 198], 0.0),
    (&[360, 279, 420], 0.0),
];
/// Standard deviation of the log luma of a place from the median of all places, over LFW.
const USUAL_LUMA: f32 = 0.25;
/// Standard deviation of either colour of a place from the median of all places, over LFW.
const USUAL_COLOUR: f32 = 0.07;

/// Share of places that look like the rest. One place in five may differ, because of beard, hair or shadow.
fn skin_free(tones: &Tones<'_>) -> f32 {
    let mut places = SKIN.map(|(place, _)| tones.at(place));
    places.iter_mut().zip(SKIN).for_each(|(tone, (_, brighter))| tone.luma -= brighter);
    let median = Tone::median(&places);

    let distance = |tone: &Tone| {
        let luma = (tone.luma - median.luma) / USUAL_LUMA;
        luma.hypot((tone.red - median.red) / USUAL_COLOUR).hypot((tone.blue - median.blue) / USUAL_COLOUR)
    };

    let similar: f32 = places.iter().map(|tone| 1.0 - ramp(distance(tone), 2.5, 5.0)).sum();
    ramp(similar / SKIN.len() as f32, 0.2, 0.8)
}

/// Linear ramp from 0 at `from` to 1 at `to`, clamped.
fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// Natural logarithms of luma, of red over green and of blue over green.
#[derive(Debug, Clone, Copy)]
struct Tone {
    luma: f32,
    red: f32,
    blue: f32,
}

impl Tone {
    /// Log ratio of red to blue.
    fn warmth(&self) -> f32 {
        self.red - self.blue
    }

    /// Component-wise median; the mean of the two middle values for an even count.
    fn median(tones: &[Self]) -> Self {
        let of = |part: fn(&Self) -> f32| {
            let mut values: Vec<_> = tones.iter().map(part).collect();
            values.sort_by(f32::total_cmp);
            let middle = values.len() / 2;
            if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
        };
        Self { luma: of(|t| t.luma), red: of(|t| t.red), blue: of(|t| t.blue) }
    }
}

struct Tones<'a> {
    image: &'a Image,
    face: &'a LocatedFace,
    /// Distance of the sampled pixels, in image pixels.
    step: f32,
}

/// Grey that is added to every colour, so that colour ratios of dark places stay moderate.
const GREY: f32 = 8.0;

impl Tones<'_> {
    fn all<const N: usize>(&self, places: &[Place; N]) -> [Tone; N] {
        places.map(|place| self.at(place))
    }

    /// Mean tone over a grid of 5 x 5 pixels; pixels outside the image are black.
    fn at(&self, place: Place) -> Tone {
        let points = place.iter().map(|&index| self.face.mesh.point(index));
        let sum = points.fold(Point::default(), |sum, p| Point::new(sum.x + p.x, sum.y + p.y));
        let center = Point::new(sum.x / place.len() as f32, sum.y / place.len() as f32);

        let mut colour = [GREY; 3];
        for (dx, dy) in (-2i8..=2).flat_map(|dy| (-2i8..=2).map(move |dx| (dx, dy))) {
            let (x, y) = (center.x + f32::from(dx) * self.step, center.y + f32::from(dy) * self.step);
            let (x, y) = (x.round(), y.round());
            if x >= 0.0 && y >= 0.0 && x < self.image.width() as f32 && y < self.image.height() as f32 {
                let pixel = self.image.pixel(x as u32, y as u32);
                colour.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += f32::from(value) / 25.0);
            }
        }

        let [red, green, blue] = colour;
        let luma = 0.3 * red + 0.59 * green + 0.11 * blue;
        Tone { luma: luma.ln(), red: (red / green).ln(), blue: (blue / green).ln() }
    }
}
