//! Plots of error curves and score distributions.

use oz::core::evaluation::CurvePoint;
use oz::core::evaluation::deviate::normal_deviate;

use super::svg::{Axis, Plot};
use crate::document::{Evaluation, VariantReport};

/// Number of colours in the style sheet, `--c0` to `--c5`.
const COLOURS: usize = 6;

/// Axis labels of both error rates.
fn rates(kind: &str) -> [&'static str; 2] {
    match kind {
        "pad" => ["APCER, all attacks", "BPCER"],
        "identify" => ["FPIR", "FNIR at rank 1"],
        _ => ["FMR", "FNMR"],
    }
}

/// Variants with an error curve and their colours.
fn drawn(evaluation: &Evaluation) -> impl Iterator<Item = (usize, &VariantReport)> {
    let with_curve = evaluation.variants.iter().filter(|variant| variant.curve.len() > 1);
    with_curve.enumerate().map(|(at, variant)| (at % COLOURS, variant))
}

fn names(evaluation: &Evaluation) -> Vec<(usize, String)> {
    drawn(evaluation).map(|(colour, variant)| (colour, variant.about.name.clone())).collect()
}

/// Lower end of the rate axes: the power of ten below the smallest positive rate, from 1e-6 to 0.01.
fn lowest(evaluation: &Evaluation) -> f64 {
    let rates = drawn(evaluation).flat_map(|(_, variant)| &variant.curve).flat_map(|p| [p.fmr, p.fnmr]);
    let smallest = rates.filter(|rate| *rate > 0.0).fold(0.01, f64::min);
    10f64.powf(smallest.log10().floor()).max(1e-6)
}

fn percent(rate: f64) -> String {
    let percent = (rate * 1e8).round() / 1e6;
    format!("{percent} %")
}

/// Detection error trade-off on normal-deviate axes, on which normally distributed scores give a straight
/// line.
pub(super) fn det(evaluation: &Evaluation) -> Option<String> {
    drawn(evaluation).next()?;
    let low = lowest(evaluation);
    let high = 0.6;
    let axis = |label| {
        let ticks = [1e-6, 1e-5, 1e-4, 1e-3, 5e-3, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6];
        let ticks = ticks.into_iter().filter(|rate| *rate >= low * 0.999);
        Axis {
            label,
            scale: normal_deviate,
            ends: [low, high],
            ticks: ticks.map(|rate| (rate, percent(rate))).collect(),
        }
    };
    let [x, y] = rates(evaluation.kind);
    let mut plot = Plot::new("det", axis(x), axis(y));

    plot.diagonal((low, low), (high, high));
    for (colour, variant) in drawn(evaluation) {
        // The normal deviates of 0 and 1 are infinite, so such rates are drawn just beyond the edge.
        let inside = |rate: f64| rate.clamp(low / 10.0, 0.999_999);
        plot.curve(colour, variant.curve.iter().map(|point| (inside(point.fmr), inside(point.fnmr))));
    }
    Some(plot.figure("DET curve, normal-deviate axes", &names(evaluation)))
}

/// Receiver operating characteristic with a logarithmic axis of the false accept rate.
pub(super) fn roc(evaluation: &Evaluation) -> Option<String> {
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

    let shown = drawn(evaluation).flat_map(|(_, variant)| &variant.curve).filter(|p| p.fmr >= low);
    let lowest_accepted = shown.map(|point| 1.0 - point.fnmr).fold(1.0, f64::min);
    let floor = ((lowest_accepted * 20.0).floor() / 20.0 - 0.05).clamp(0.0, 0.9);
    let label = match evaluation.kind {
        "pad" => "1 - BPCER",
        "identify" => "1 - FNIR at rank 1",
        _ => "TAR = 1 - FNMR",
    };
    let y = Axis::linear(label, [floor, 1.0], percent);

    let mut plot = Plot::new("roc", x, y);
    for (colour, variant) in drawn(evaluation) {
        let point = |p: &CurvePoint| (p.fmr.max(low / 10.0), 1.0 - p.fnmr);
        plot.curve(colour, variant.curve.iter().map(point));
    }
    Some(plot.figure("ROC curve, logarithmic horizontal axis", &names(evaluation)))
}

/// Error versus discard: FNMR over the share of discarded comparisons.
pub(super) fn discard(evaluation: &Evaluation) -> Option<String> {
    let with_points = || evaluation.variants.iter().filter(|variant| !variant.discard.is_empty()).enumerate();
    let highest = with_points().flat_map(|(_, v)| &v.discard).map(|point| point.fnmr).reduce(f64::max)?;
    let x = Axis::linear("discarded comparisons, lowest quality first", [0.0, 0.5], percent);
    let y = Axis::linear("FNMR of the remaining comparisons", [0.0, (highest * 1.2).max(0.01)], percent);

    let mut plot = Plot::new("discard", x, y);
    for (at, variant) in with_points() {
        plot.curve(at % COLOURS, variant.discard.iter().map(|point| (point.discarded, point.fnmr)));
    }
    let names: Vec<_> = with_points().map(|(at, v)| (at % COLOURS, v.about.name.clone())).collect();
    Some(plot.figure("Error versus discard", &names))
}

/// Score distribution of each class, relative to the size of the class, with the decision and EER thresholds.
pub(super) fn histograms(variant: &VariantReport) -> String {
    let Some(any) = variant.histograms.values().next() else { return String::new() };
    let share = |count: usize, all: &[usize]| count as f64 / all.iter().sum::<usize>().max(1) as f64;
    let tallest = variant.histograms.values().flat_map(|h| h.counts.iter().map(|c| share(*c, &h.counts)));
    let tallest = tallest.fold(0.0, f64::max);
    let number = |value: f64| format!("{}", (value * 1e6).round() / 1e6);
    let x = Axis::linear("score", [any.low, any.high], number);
    let y = Axis::linear("share of the class", [0.0, (tallest * 1.1).max(0.01)], percent);

    let mut plot = Plot::new(&format!("scores-{}", variant.about.name), x, y);
    let mut names = Vec::new();
    // Targets are blue and non-targets orange, independent of the order of their names.
    for (name, histogram) in &variant.histograms {
        let colour = usize::from(!["mated", "bona fide", "bona_fide", "all"].contains(&name.as_str()));
        let width = (histogram.high - histogram.low) / histogram.counts.len() as f64;
        for (at, count) in histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let from = histogram.low + at as f64 * width;
            plot.bar(colour, [from, from + width], share(*count, &histogram.counts));
        }
        names.push((colour, name.replace('_', " ")));
    }

    let marked = variant.operating_points.iter().filter(|p| ["decision", "eer"].contains(&p.name.as_str()));
    for (row, point) in marked.enumerate() {
        plot.mark(point.threshold, &point.name, row);
    }
    let caption = format!("Score distributions ({})", super::escaped(&variant.score));
    format!("<div class=figures>{}</div>", plot.figure(&caption, &names))
}
