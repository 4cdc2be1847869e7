//! What is drawn.

use oz::core::evaluation::deviate::normal_deviate;

use super::svg::{Axis, Plot};
use crate::document::{Evaluation, Findings};

/// Colours that the page has.
const COLOURS: usize = 6;

/// Names of both error rates.
fn rates(kind: &str) -> [&'static str; 2] {
    match kind {
        "pad" => ["APCER, all attacks", "BPCER"],
        "identify" => ["FPIR", "FNIR at rank 1"],
        _ => ["FMR", "FNMR"],
    }
}

fn drawn(evaluation: &Evaluation) -> impl Iterator<Item = (usize, &Findings)> {
    let with_curve = evaluation.variants.iter().filter(|findings| findings.curve.len() > 1);
    with_curve.enumerate().map(|(at, findings)| (at % COLOURS, findings))
}

fn names(evaluation: &Evaluation) -> Vec<(usize, String)> {
    drawn(evaluation).map(|(colour, findings)| (colour, findings.about.name.clone())).collect()
}

/// The lowest rate that is worth room: the step below what one error would give.
fn lowest(evaluation: &Evaluation) -> f64 {
    let steps = drawn(evaluation).flat_map(|(_, findings)| &findings.curve).flat_map(|p| [p.fmr, p.fnmr]);
    let least = steps.filter(|rate| *rate > 0.0).fold(0.01, f64::min);
    10f64.powf(least.log10().floor()).max(1e-6)
}

fn percent(rate: f64) -> String {
    let percent = (rate * 1e8).round() / 1e6;
    format!("{percent} %")
}

/// Detection error trade-off on normal deviates, on which normally distributed scores give a straight line.
pub(super) fn trade_off(evaluation: &Evaluation) -> Option<String> {
    drawn(evaluation).next()?;
    let low = lowest(evaluation);
    let high = 0.6;
    let axis = |label| {
        let all = [1e-6, 1e-5, 1e-4, 1e-3, 5e-3, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6];
        let shown = all.into_iter().filter(|rate| *rate >= low * 0.999);
        Axis {
            label,
            scale: normal_deviate,
            ends: [low, high],
            ticks: shown.map(|rate| (rate, percent(rate))).collect(),
        }
    };
    let [x, y] = rates(evaluation.kind);
    let mut plot = Plot::new("det", axis(x), axis(y));
    plot.diagonal((low, low), (high, high));
    for (colour, findings) in drawn(evaluation) {
        // A rate of 0 or 1 lies infinitely far out: it is drawn just beyond the edge.
        let inside = |rate: f64| rate.clamp(low / 10.0, 0.999_999);
        plot.curve(colour, findings.curve.iter().map(|point| (inside(point.fmr), inside(point.fnmr))));
    }
    Some(plot.figure("DET: both error rates, normal-deviate axes", &names(evaluation)))
}

/// Receiver operating characteristic over the logarithm of the rate of false accepts.
pub(super) fn receiver(evaluation: &Evaluation) -> Option<String> {
    drawn(evaluation).next()?;
    let low = lowest(evaluation);
    let decades = (low.log10().round() as i32..=0).map(|power| 10f64.powi(power));
    let [fmr, _] = rates(evaluation.kind);
    let x = Axis {
        label: fmr,
        scale: f64::log10,
        ends: [low, 1.0],
        ticks: decades.map(|rate| (rate, percent(rate))).collect(),
    };
    let accepted = drawn(evaluation).flat_map(|(_, f)| &f.curve).filter(|p| p.fmr >= low);
    let least = accepted.map(|point| 1.0 - point.fnmr).fold(1.0, f64::min);
    let floor = ((least * 20.0).floor() / 20.0 - 0.05).clamp(0.0, 0.9);
    let label = match evaluation.kind {
        "pad" => "1 - BPCER",
        "identify" => "1 - FNIR at rank 1",
        _ => "TAR = 1 - FNMR",
    };
    let y = Axis::even(label, [floor, 1.0], percent);
    let mut plot = Plot::new("roc", x, y);
    for (colour, findings) in drawn(evaluation) {
        let point = |p: &oz::core::evaluation::CurvePoint| (p.fmr.max(low / 10.0), 1.0 - p.fnmr);
        plot.curve(colour, findings.curve.iter().map(point));
    }
    Some(plot.figure("ROC: accepted targets over accepted non-targets, logarithmic", &names(evaluation)))
}

/// FNMR over the share of comparisons that were discarded.
pub(super) fn discard(evaluation: &Evaluation) -> Option<String> {
    let with_points =
        || evaluation.variants.iter().filter(|findings| !findings.discard.is_empty()).enumerate();
    let highest = with_points().flat_map(|(_, f)| &f.discard).map(|point| point.fnmr).reduce(f64::max)?;
    let x = Axis::even("discarded, lowest quality first", [0.0, 0.5], percent);
    let y = Axis::even("FNMR of the rest", [0.0, (highest * 1.2).max(0.01)], percent);
    let mut plot = Plot::new("discard", x, y);
    for (at, findings) in with_points() {
        plot.curve(at % COLOURS, findings.discard.iter().map(|point| (point.discarded, point.fnmr)));
    }
    let names: Vec<_> = with_points().map(|(at, f)| (at % COLOURS, f.about.name.clone())).collect();
    Some(plot.figure("Error versus discard", &names))
}

/// Both classes, each as shares of itself, with the thresholds.
pub(super) fn histograms(findings: &Findings) -> String {
    let Some(any) = findings.histograms.values().next() else { return String::new() };
    let share = |count: usize, all: &[usize]| count as f64 / all.iter().sum::<usize>().max(1) as f64;
    let tallest = findings.histograms.values().flat_map(|h| h.counts.iter().map(|c| share(*c, &h.counts)));
    let tallest = tallest.fold(0.0, f64::max);
    let number = |value: f64| format!("{}", (value * 1e6).round() / 1e6);
    let x = Axis::even("score", [any.low, any.high], number);
    let y = Axis::even("share of the class", [0.0, (tallest * 1.1).max(0.01)], percent);
    let mut plot = Plot::new(&format!("scores-{}", findings.about.name), x, y);
    let mut names = Vec::new();
    // Targets in blue, the others in orange, whatever the order of their names.
    for (name, histogram) in &findings.histograms {
        let colour = usize::from(!["mated", "bona fide", "bona_fide", "all"].contains(&name.as_str()));
        let width = (histogram.high - histogram.low) / histogram.counts.len() as f64;
        for (at, count) in histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let from = histogram.low + at as f64 * width;
            plot.bar(colour, [from, from + width], share(*count, &histogram.counts));
        }
        names.push((colour, name.clone()));
    }
    let marked = findings.operating_points.iter().filter(|p| ["decision", "eer"].contains(&p.name.as_str()));
    for (row, point) in marked.enumerate() {
        plot.mark(point.threshold, &point.name, row);
    }
    let caption = format!("Scores ({})", super::escaped(&findings.score));
    format!("<div class=figures>{}</div>", plot.figure(&caption, &names))
}
