//! Delaunay triangulation.

/// Delaunay triangulation of points in general position. Quadratic time, which suffices for a few hundred
/// points.
///
/// Source: Bowyer 1981, doi:10.1093/comjnl/24.2.162.
pub fn triangulate(points: &[(f64, f64)]) -> Vec<[usize; 3]> {
    let count = points.len();
    let mut all = points.to_vec();
    // A triangle that encloses all points.
    all.extend([(-1e5, -1e5), (3e5, -1e5), (-1e5, 3e5)]);
    let mut triangles = vec![[count, count + 1, count + 2]];

    for place in 0..count {
        let (hit, kept): (Vec<_>, Vec<_>) =
            triangles.into_iter().partition(|triangle| in_circle(&all, *triangle, all[place]));
        triangles = kept;
        let edges: Vec<(usize, usize)> =
            hit.iter().flat_map(|[a, b, c]| [(*a, *b), (*b, *c), (*c, *a)]).collect();
        // An edge shared by two removed triangles lies inside the hole.
        let rim = edges.iter().filter(|(a, b)| !edges.contains(&(*b, *a)));
        triangles.extend(rim.map(|(a, b)| [*a, *b, place]));
    }

    triangles.retain(|triangle| triangle.iter().all(|corner| *corner < count));
    triangles
}

/// Whether a point lies inside the circumcircle of a triangle with counterclockwise corners.
fn in_circle(points: &[(f64, f64)], [a, b, c]: [usize; 3], p: (f64, f64)) -> bool {
    let [a, b, c] = [a, b, c].map(|corner| (points[corner].0 - p.0, points[corner].1 - p.1));
    let square = |(x, y): (f64, f64)| x * x + y * y;
    let determinant = square(a) * (b.0 * c.1 - c.0 * b.1) - square(b) * (a.0 * c.1 - c.0 * a.1)
        + square(c) * (a.0 * b.1 - b.0 * a.1);
    determinant > 0.0
}

/// Whether no point lies inside the circumcircle of a triangle.
pub fn is_delaunay(points: &[(f64, f64)], triangles: &[[usize; 3]]) -> bool {
    let outside = |triangle: &[usize; 3]| {
        let mut others = (0..points.len()).filter(|place| !triangle.contains(place));
        others.all(|place| !in_circle(points, *triangle, points[place]))
    };
    triangles.iter().all(outside)
}
