//! The mesh: triangles as fine lines, contours and irises above them.

use oz::core::face::{FaceMesh, Point, mesh_index};

use super::canvas::Canvas;
use super::face::with_halo;
use super::palette;
use super::shape::Shape;
use super::topology::{CONTOURS, EDGES};
use super::view::View;

/// Minimum width of a mesh in pixels at which its triangles can be told apart.
const TRIANGLES_FROM: f32 = 120.0;
/// Number of points on the surface of the face; those of the irises follow.
const SURFACE: usize = 468;

/// Draws a mesh. `stroke` is the width of a contour in pixels.
pub(super) fn draw(canvas: &mut Canvas, mesh: &FaceMesh, view: &View, stroke: f32) {
    let points: Vec<Point> = mesh.points.iter().map(|point| view.point(point.flat())).collect();
    if mesh.bounding_box().width * view.scale >= TRIANGLES_FROM {
        with_halo(canvas, &triangles(&points, 0.75 * stroke), palette::MESH, 0.75, 0.5 * stroke);
        canvas.paint(&dots(&points[..SURFACE], 0.9 * stroke), palette::CONTOUR, 0.9);
    }

    with_halo(canvas, &contours(&points, 1.3 * stroke), palette::CONTOUR, 0.95, 0.8 * stroke);
    for iris in [mesh_index::RIGHT_IRIS, mesh_index::LEFT_IRIS] {
        with_halo(canvas, &[ring(&points, iris, stroke)], palette::IRIS, 0.95, 0.6 * stroke);
    }
}

fn triangles(points: &[Point], width: f32) -> Vec<Shape> {
    let line = |pair: &[u16]| line(points, pair[0].into(), pair[1].into(), width);
    EDGES.chunks_exact(2).map(line).collect()
}

fn dots(points: &[Point], radius: f32) -> Vec<Shape> {
    points.iter().map(|&centre| Shape::Disc { centre, radius }).collect()
}

fn contours(points: &[Point], width: f32) -> Vec<Shape> {
    let oval = mesh_index::OVAL.iter().zip(mesh_index::OVAL.iter().cycle().skip(1));
    let oval = oval.map(|(&from, &to)| line(points, from, to, width));
    let others = CONTOURS.iter().flat_map(|path| path.windows(2));
    oval.chain(others.map(|pair| line(points, pair[0].into(), pair[1].into(), width))).collect()
}

/// Circle with the mean radius of the four points around the centre of an iris.
fn ring(points: &[Point], iris: usize, width: f32) -> Shape {
    let centre = points[iris];
    let around = &points[iris + 1..iris + 5];
    let radius = around.iter().map(|point| point.distance(centre)).sum::<f32>() / around.len() as f32;
    Shape::Ring { centre, radius, width }
}

fn line(points: &[Point], from: usize, to: usize, width: f32) -> Shape {
    Shape::Line { from: points[from], to: points[to], width }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topology_joins_every_point_of_the_surface_once_per_line() {
        let lines: std::collections::BTreeSet<_> = EDGES.chunks_exact(2).collect();
        assert_eq!(lines.len() * 2, EDGES.len());
        let points: std::collections::BTreeSet<_> = EDGES.iter().copied().collect();
        assert_eq!(points.len(), SURFACE);
        assert_eq!(points.last(), Some(&(SURFACE as u16 - 1)));

        for pair in CONTOURS.iter().flat_map(|path| path.windows(2)) {
            assert!(lines.contains(&[pair[0].min(pair[1]), pair[0].max(pair[1])][..]), "{pair:?}");
        }
    }
}
