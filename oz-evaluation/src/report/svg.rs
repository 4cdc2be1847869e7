//! SVG plots with axes, curves and bars.

use std::fmt::Write;

use super::escaped;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 340.0;
/// Margins for labels in user units: left, right, top, bottom.
const MARGINS: [f64; 4] = [58.0, 24.0, 12.0, 44.0];

/// Axis of a plot.
pub(super) struct Axis {
    /// Label.
    pub label: &'static str,
    /// Transformation of values to positions, in any unit.
    pub scale: fn(f64) -> f64,
    /// Values at both ends.
    pub ends: [f64; 2],
    /// Values and labels of the grid lines.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Position relative to the ends: 0 at the first, 1 at the second.
    fn share(&self, value: f64) -> f64 {
        let [low, high] = self.ends.map(self.scale);
        ((self.scale)(value) - low) / (high - low)
    }

    /// Linear axis with ticks at round numbers.
    pub(super) fn linear(label: &'static str, ends: [f64; 2], text: fn(f64) -> String) -> Self {
        /// Tolerance of a tick beyond the ends, as a share of a step.
        const TOLERANCE: f64 = 0.02;
        let step = round_step((ends[1] - ends[0]) / 7.0);
        // An end just short of a round number keeps its tick, because scores end at e.g. 0.9999.
        let first = (ends[0] / step - TOLERANCE).ceil() as i64;
        let last = (ends[1] / step + TOLERANCE).floor() as i64;
        let ticks = (first..=last).map(|at| (at as f64 * step, text(at as f64 * step))).collect();
        Self { label, scale: |value| value, ends, ticks }
    }
}

/// Smallest of 1, 2 or 5 times a power of ten that is at least `minimum`.
fn round_step(minimum: f64) -> f64 {
    let power = 10f64.powf(minimum.max(1e-12).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= minimum).unwrap_or(power)
}

/// Plot under construction.
pub(super) struct Plot {
    x: Axis,
    y: Axis,
    inside: String,
    clip: String,
}

impl Plot {
    /// Empty plot; `name` must be unique on the page.
    pub(super) fn new(name: &str, x: Axis, y: Axis) -> Self {
        let clip = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        Self { x, y, inside: String::new(), clip }
    }

    /// Coordinates of a point in user units.
    fn position(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, right, top, bottom] = MARGINS;
        // Points far outside are clipped; the clamp keeps their coordinates finite.
        let [across, up] = [self.x.share(x), self.y.share(y)].map(|share| share.clamp(-2.0, 3.0));
        (left + across * (WIDTH - left - right), HEIGHT - bottom - up * (HEIGHT - top - bottom))
    }

    /// Draws a line through points in a colour of the style sheet.
    pub(super) fn curve(&mut self, colour: usize, points: impl Iterator<Item = (f64, f64)>) {
        let mut path = String::new();
        for (x, y) in points {
            let (x, y) = self.position(x, y);
            let _ = write!(path, "{x:.1},{y:.1} ");
        }
        let _ = writeln!(
            self.inside,
            "<polyline class=curve style=\"stroke:var(--c{colour})\" points=\"{}\"/>",
            path.trim_end()
        );
    }

    /// Draws a bar from the bottom to `y`.
    pub(super) fn bar(&mut self, colour: usize, [from, to]: [f64; 2], y: f64) {
        let ((left, top), (right, bottom)) = (self.position(from, y), self.position(to, self.y.ends[0]));
        let _ = writeln!(
            self.inside,
            "<rect class=bar style=\"fill:var(--c{colour})\" x=\"{left:.1}\" y=\"{top:.1}\" \
             width=\"{:.1}\" height=\"{:.1}\"/>",
            right - left,
            bottom - top
        );
    }

    /// Draws a labelled vertical line; `row` staggers the labels of several lines.
    pub(super) fn mark(&mut self, at: f64, text: &str, row: usize) {
        let ((x, top), (_, bottom)) = (self.position(at, self.y.ends[1]), self.position(at, self.y.ends[0]));
        let height = top + 14.0 + 15.0 * row as f64;
        // Near the right edge the label is placed on the left, where it is not clipped.
        let (anchor, shift) = if x > WIDTH * 0.85 { ("end", -4.0) } else { ("start", 4.0) };
        let _ = writeln!(
            self.inside,
            "<line class=mark x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>\
             <text class=name x=\"{:.1}\" y=\"{height:.1}\" text-anchor={anchor}>{}</text>",
            x + shift,
            escaped(text)
        );
    }

    /// Draws a faint line between two points.
    pub(super) fn diagonal(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (self.position(from.0, from.1), self.position(to.0, to.1));
        let _ = writeln!(
            self.inside,
            "<line class=diagonal x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
    }

    /// Renders the figure with its caption and a legend of colours.
    pub(super) fn figure(self, caption: &str, names: &[(usize, String)]) -> String {
        let [left, right, top, bottom] = MARGINS;
        let (wide, high) = (WIDTH - left - right, HEIGHT - top - bottom);
        let keys: String = names
            .iter()
            .map(|(colour, name)| {
                format!(
                    "<span class=key style=\"background:var(--c{colour})\"></span>{} &emsp;",
                    escaped(name)
                )
            })
            .collect();

        format!(
            "<figure><figcaption>{caption}</figcaption><p class=hint>{keys}</p>\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=img aria-label=\"{caption}\">\n\
             <defs><clipPath id=\"{clip}\"><rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" \
             height=\"{high}\"/></clipPath></defs>\n\
             {axes}<g clip-path=\"url(#{clip})\">\n{inside}</g>\n\
             <rect class=frame x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\"/></svg>\
             </figure>\n",
            clip = self.clip,
            axes = self.axes(),
            inside = self.inside,
        )
    }

    fn axes(&self) -> String {
        let [left, right, top, bottom] = MARGINS;
        let (floor, end) = (HEIGHT - bottom, WIDTH - right);
        let mut drawn = String::new();

        for (value, text) in &self.x.ticks {
            let (x, _) = self.position(*value, self.y.ends[0]);
            let _ = writeln!(
                drawn,
                "<line class=grid x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{floor}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=middle>{text}</text>",
                floor + 16.0
            );
        }
        for (value, text) in &self.y.ticks {
            let (_, y) = self.position(self.x.ends[0], *value);
            let _ = writeln!(
                drawn,
                "<line class=grid x1=\"{left}\" x2=\"{end}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=end>{text}</text>",
                left - 6.0,
                y + 4.0
            );
        }

        let (across, up) = (left + (end - left) / 2.0, top + (floor - top) / 2.0);
        let _ = writeln!(
            drawn,
            "<text x=\"{across:.1}\" y=\"{:.1}\" text-anchor=middle>{}</text>\
             <text transform=\"translate(13 {up:.1}) rotate(-90)\" text-anchor=middle>{}</text>",
            HEIGHT - 8.0,
            self.x.label,
            self.y.label
        );
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (wanted, step) in [(0.2, 0.2), (0.21, 0.5), (3.0, 5.0), (7.0, 10.0), (0.013, 0.02)] {
            assert!((round_step(wanted) - step).abs() < 1e-9, "{wanted}: {}", round_step(wanted));
        }
    }

    #[test]
    fn ends_close_to_a_round_number_have_a_tick() {
        let axis = Axis::linear("x", [0.001, 0.9999], |v| format!("{v:.1}"));
        assert_eq!((&*axis.ticks[0].1, &*axis.ticks.last().unwrap().1), ("0.0", "1.0"));
    }

    #[test]
    fn values_increase_to_the_right_and_upwards() {
        let axis = || Axis::linear("x", [0.0, 1.0], |v| format!("{v}"));
        let plot = Plot::new("a b", axis(), axis());
        let ((x1, y1), (x2, y2)) = (plot.position(0.0, 0.0), plot.position(1.0, 1.0));
        assert!(x1 < x2 && y1 > y2);
        assert!(plot.position(f64::INFINITY, f64::NEG_INFINITY).0.is_finite());
        assert_eq!(plot.clip, "a-b");
    }
}
