//! Anti-aliased shapes: coverage of pixels from the distance to an outline.

use oz::core::face::{BoundingBox, Point};

/// Filled shape.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Line with round ends.
    Line {
        from: Point,
        to: Point,
        width: f32,
    },
    Disc {
        centre: Point,
        radius: f32,
    },
    Ring {
        centre: Point,
        radius: f32,
        width: f32,
    },
    /// Rectangle with round corners.
    Plate {
        area: BoundingBox,
        radius: f32,
    },
    /// Outline of a rectangle with round corners.
    Frame {
        area: BoundingBox,
        radius: f32,
        width: f32,
    },
}

impl Shape {
    /// Share of the pixel around `point` inside the shape, 0..=1.
    pub(super) fn coverage(&self, point: Point) -> f32 {
        // Lines below one pixel would have gaps: they are drawn one pixel wide and paler.
        let (distance, strength) = match *self {
            Self::Line { from, to, width } => {
                (distance_to_line(point, from, to) - width.max(1.0) / 2.0, width.min(1.0))
            }
            Self::Disc { centre, radius } => {
                (point.distance(centre) - radius.max(0.5), (2.0 * radius).min(1.0))
            }
            Self::Ring { centre, radius, width } => {
                ((point.distance(centre) - radius).abs() - width.max(1.0) / 2.0, width.min(1.0))
            }
            Self::Plate { area, radius } => (distance_to_plate(point, &area, radius), 1.0),
            Self::Frame { area, radius, width } => {
                (distance_to_plate(point, &area, radius).abs() - width.max(1.0) / 2.0, width.min(1.0))
            }
        };
        (0.5 - distance).clamp(0.0, 1.0) * strength
    }

    /// Box around every pixel with a coverage above 0.
    pub(super) fn bounds(&self) -> BoundingBox {
        let (area, reach) = match *self {
            Self::Line { from, to, width } => (box_of(from, to), width / 2.0),
            Self::Disc { centre, radius } => (box_of(centre, centre), radius),
            Self::Ring { centre, radius, width } => (box_of(centre, centre), radius + width / 2.0),
            Self::Plate { area, .. } => (area, 0.0),
            Self::Frame { area, width, .. } => (area, width / 2.0),
        };
        let reach = reach + 1.5;
        BoundingBox::new(area.x - reach, area.y - reach, area.width + 2.0 * reach, area.height + 2.0 * reach)
    }

    /// The shape, `by` pixels larger on every side.
    pub(super) fn grown(self, by: f32) -> Self {
        match self {
            Self::Line { from, to, width } => Self::Line { from, to, width: width + 2.0 * by },
            Self::Disc { centre, radius } => Self::Disc { centre, radius: radius + by },
            Self::Ring { centre, radius, width } => Self::Ring { centre, radius, width: width + 2.0 * by },
            Self::Plate { area, radius } => {
                let (width, height) = (area.width + 2.0 * by, area.height + 2.0 * by);
                Self::Plate {
                    area: BoundingBox::new(area.x - by, area.y - by, width, height),
                    radius: radius + by,
                }
            }
            Self::Frame { area, radius, width } => Self::Frame { area, radius, width: width + 2.0 * by },
        }
    }
}

fn box_of(a: Point, b: Point) -> BoundingBox {
    BoundingBox::new(a.x.min(b.x), a.y.min(b.y), (a.x - b.x).abs(), (a.y - b.y).abs())
}

fn distance_to_line(point: Point, from: Point, to: Point) -> f32 {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let squared = dx * dx + dy * dy;
    let along = ((point.x - from.x) * dx + (point.y - from.y) * dy) / squared.max(f32::MIN_POSITIVE);
    let along = along.clamp(0.0, 1.0);
    point.distance(Point::new(from.x + along * dx, from.y + along * dy))
}

/// Distance to the edge of a rectangle with round corners; negative inside.
fn distance_to_plate(point: Point, area: &BoundingBox, radius: f32) -> f32 {
    let (half_width, half_height) = (area.width / 2.0, area.height / 2.0);
    let radius = radius.min(half_width).min(half_height);
    let centre = area.center();

    let x = (point.x - centre.x).abs() - half_width + radius;
    let y = (point.y - centre.y).abs() - half_height + radius;
    x.max(0.0).hypot(y.max(0.0)) + x.max(y).min(0.0) - radius
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum of the coverage over a grid: the area in pixels.
    fn area(shape: &Shape) -> f32 {
        (0..60)
            .flat_map(|y| (0..60).map(move |x| Point::new(x as f32 + 0.5, y as f32 + 0.5)))
            .map(|point| shape.coverage(point))
            .sum()
    }

    #[test]
    fn coverage_sums_up_to_the_area() {
        let check = |shape: &Shape, expected: f32| {
            let found = area(shape);
            assert!((found - expected).abs() < 0.03 * expected + 0.5, "{shape:?}: {found}, not {expected}");
        };
        let pi = std::f32::consts::PI;
        let line = |width| Shape::Line { from: Point::new(5.3, 9.1), to: Point::new(45.3, 39.1), width };
        check(&line(3.0), 150.0 + pi * 2.25);
        check(&line(0.5), 25.0);
        check(&Shape::Disc { centre: Point::new(20.2, 20.7), radius: 6.0 }, 36.0 * pi);
        check(&Shape::Ring { centre: Point::new(20.2, 20.7), radius: 8.0, width: 2.0 }, 32.0 * pi);
        let plate = BoundingBox::new(4.25, 5.5, 20.0, 10.0);
        check(&Shape::Plate { area: plate, radius: 0.0 }, 200.0);
        check(&Shape::Plate { area: plate, radius: 4.0 }, 200.0 - 16.0 * (4.0 - pi));
        check(&Shape::Frame { area: plate, radius: 0.0, width: 2.0 }, 120.0);
    }

    #[test]
    fn nothing_is_covered_outside_the_bounds() {
        let shapes = [
            Shape::Line { from: Point::new(30.0, 12.0), to: Point::new(12.0, 30.0), width: 5.0 },
            Shape::Ring { centre: Point::new(30.0, 30.0), radius: 8.0, width: 3.0 },
            Shape::Frame { area: BoundingBox::new(20.0, 20.0, 9.0, 4.0), radius: 2.0, width: 3.0 },
        ];
        for shape in shapes {
            let bounds = shape.bounds();
            for (x, y) in (0..60).flat_map(|y| (0..60).map(move |x| (x, y))) {
                let point = Point::new(x as f32 + 0.5, y as f32 + 0.5);
                assert!(bounds.contains(point) || shape.coverage(point) == 0.0, "{shape:?} at {point:?}");
            }
        }
    }
}
