//! Animated portrait that turns, nods, blinks and smiles: the vertices of its mesh move in space, and the
//! picture is warped triangle by triangle.

use oz::Image;
use oz::core::face::{FaceMesh, Point3, mesh_index};

use super::SIDE;
use super::delaunay::triangulate;
use super::pixels::sample;

/// Pose of a head. Angles in degrees with the signs of `HeadPose`; blink and smile 0..=1; offsets in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    pub yaw: f32,
    pub pitch: f32,
    pub blink: f32,
    pub smile: f32,
    pub right: f32,
    pub down: f32,
}

/// Portrait of [`SIDE`] pixels with its mesh.
pub struct Head {
    image: Image,
    points: Vec<Vertex>,
    triangles: Vec<[usize; 3]>,
    pivot: Point3,
    mouth: f32,
}

#[derive(Clone, Copy)]
struct Vertex {
    at: Point3,
    /// Share of the head's movement that the point follows: 1 on the face, 0 on the wall.
    share: f32,
}

/// Number of points on the surface of the face; the irises follow.
const SURFACE: usize = 468;
/// Distance of the camera in pixels.
const CAMERA: f32 = 900.0;
/// Rings of points around the face, for hair and neck: factor of the outline, share of the movement.
const RINGS: [(f32, f32); 3] = [(1.2, 0.95), (1.5, 0.7), (1.85, 0.3)];
/// Points on the upper lid, on the lower lid below it, and in the fold above it.
const LIDS: [[usize; 3]; 14] = [
    [246, 7, 247],
    [161, 163, 30],
    [160, 144, 29],
    [159, 145, 27],
    [158, 153, 28],
    [157, 154, 56],
    [173, 155, 190],
    [466, 249, 467],
    [388, 390, 260],
    [387, 373, 259],
    [386, 374, 257],
    [385, 380, 258],
    [384, 381, 286],
    [398, 382, 414],
];

impl Head {
    pub fn new(image: Image, mesh: &FaceMesh) -> Self {
        assert_eq!((image.width(), image.height()), (SIDE, SIDE));
        let mut points: Vec<Vertex> =
            mesh.points[..SURFACE].iter().map(|&at| Vertex { at, share: 1.0 }).collect();
        let box_ = mesh.bounding_box();
        let center = box_.center();
        for (factor, share) in RINGS {
            for &index in &mesh_index::OVAL {
                let rim = mesh.points[index];
                let at = Point3 {
                    x: center.x + (rim.x - center.x) * factor,
                    y: center.y + (rim.y - center.y) * factor,
                    z: rim.z + box_.width * (factor - 1.0) * 0.3,
                };
                let room = 2.0..(SIDE - 3) as f32;
                if room.contains(&at.x) && room.contains(&at.y) {
                    points.push(Vertex { at, share });
                }
            }
        }
        points.extend(wall());

        let flat: Vec<_> = points.iter().map(|p| (f64::from(p.at.x), f64::from(p.at.y))).collect();
        let ears = [mesh.points[mesh_index::RIGHT_CHEEK_EDGE], mesh.points[mesh_index::LEFT_CHEEK_EDGE]];
        let mean = |value: fn(&Point3) -> f32| ears.iter().map(value).sum::<f32>() / 2.0;
        let pivot = Point3 { x: mean(|p| p.x), y: mean(|p| p.y), z: mean(|p| p.z) };
        let mouth = mesh.point(mesh_index::MOUTH_LEFT).distance(mesh.point(mesh_index::MOUTH_RIGHT));
        Self { image, triangles: triangulate(&flat), points, pivot, mouth }
    }

    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Renders the head in a pose, in front of a static wall.
    pub fn render(&self, pose: &Pose) -> Image {
        let placed = self.placed(pose);
        let mut order: Vec<_> = self.triangles.iter().collect();
        let depth = |triangle: &[usize; 3]| triangle.iter().map(|corner| placed[*corner].z).sum::<f32>();
        order.sort_by(|a, b| depth(b).total_cmp(&depth(a)));
        let mut pixels = self.image.pixels().to_vec();
        for corners in order {
            self.draw(corners.map(|c| placed[c]), corners.map(|c| self.points[c].at), &mut pixels);
        }
        Image::from_rgb(SIDE, SIDE, pixels).unwrap()
    }

    /// Positions of all points in a pose.
    fn placed(&self, pose: &Pose) -> Vec<Point3> {
        let rest: Vec<Point3> = self.points.iter().map(|point| point.at).collect();
        let mut shaped = rest.clone();

        for [upper, lower, fold] in LIDS {
            let gap = rest[lower].y - rest[upper].y;
            shaped[upper].y += 0.95 * pose.blink * gap;
            shaped[upper].x += 0.95 * pose.blink * (rest[lower].x - rest[upper].x);
            shaped[fold].y += 0.5 * pose.blink * gap;
        }

        for (corner, side) in [(mesh_index::MOUTH_RIGHT, -1.0), (mesh_index::MOUTH_LEFT, 1.0)] {
            let (reach, pull) = (0.3 * self.mouth, pose.smile * self.mouth);
            for (point, at) in shaped.iter_mut().zip(&rest).take(SURFACE) {
                let distance = (at.x - rest[corner].x).hypot(at.y - rest[corner].y) / reach;
                let weight = (-distance * distance / 2.0).exp();
                point.x += side * 0.14 * pull * weight;
                point.y -= 0.16 * pull * weight;
            }
        }

        let turned = shaped.iter().zip(&self.points).zip(&rest);
        turned.map(|((at, vertex), rest)| self.turned(*at, *rest, vertex.share, pose)).collect()
    }

    fn turned(&self, at: Point3, rest: Point3, share: f32, pose: &Pose) -> Point3 {
        let (sy, cy) = (pose.yaw * share).to_radians().sin_cos();
        let (sp, cp) = (pose.pitch * share).to_radians().sin_cos();
        let (x, y, z) = (at.x - self.pivot.x, at.y - self.pivot.y, at.z - self.pivot.z);
        let (y, z) = (y * cp - z * sp, y * sp + z * cp);
        let (x, z) = (x * cy - z * sy, x * sy + z * cy);
        // Perspective: points that move towards the camera are magnified.
        let scale = (CAMERA + rest.z - self.pivot.z) / (CAMERA + z);
        Point3 {
            x: self.pivot.x + x * scale + pose.right * share,
            y: self.pivot.y + y * scale + pose.down * share,
            z: z + self.pivot.z,
        }
    }

    /// Draws one triangle, with the texture of the portrait.
    fn draw(&self, to: [Point3; 3], from: [Point3; 3], pixels: &mut [u8]) {
        let [a, b, c] = to;
        let area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        if area.abs() < 1e-3 {
            return;
        }

        let low = |values: [f32; 3]| values.into_iter().fold(f32::MAX, f32::min).floor().max(0.0) as u32;
        let high =
            |values: [f32; 3]| values.into_iter().fold(0.0, f32::max).ceil().min((SIDE - 1) as f32) as u32;

        for y in low(to.map(|p| p.y))..=high(to.map(|p| p.y)) {
            for x in low(to.map(|p| p.x))..=high(to.map(|p| p.x)) {
                // Barycentric coordinates of the pixel.
                let (px, py) = (x as f32, y as f32);
                let second = ((px - a.x) * (c.y - a.y) - (c.x - a.x) * (py - a.y)) / area;
                let third = ((b.x - a.x) * (py - a.y) - (px - a.x) * (b.y - a.y)) / area;
                let first = 1.0 - second - third;
                if first.min(second).min(third) < -1e-4 {
                    continue;
                }
                let mix =
                    |v: fn(&Point3) -> f32| first * v(&from[0]) + second * v(&from[1]) + third * v(&from[2]);
                let colour = sample(&self.image, mix(|p| p.x), mix(|p| p.y));
                let at = ((y * SIDE + x) * 3) as usize;
                pixels[at..at + 3].copy_from_slice(&colour.map(|value| value.round() as u8));
            }
        }
    }
}

/// Static points along the edge of the frame, slightly displaced so that no four of them lie on a circle.
fn wall() -> impl Iterator<Item = Vertex> {
    let last = (SIDE - 1) as f32;
    let steps = 12;
    (0..steps).flat_map(move |step| {
        let along = last * step as f32 / steps as f32;
        let off = (step * step % 7) as f32 * 0.01;
        [(along, -off), (last + off, along), (last - along, last + off), (-off, last - along)]
            .map(|(x, y)| Vertex { at: Point3 { x, y, z: 400.0 }, share: 0.0 })
    })
}
