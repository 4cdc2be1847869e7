//! The rates for people at a terminal, variants side by side.

use comfy_table::Table;

use super::super::table;
use super::document::{Estimate, Evaluation};

/// A table with a column for each variant.
pub(super) fn table(evaluation: &Evaluation) -> Table {
    let head = [evaluation.kind].into_iter().chain(evaluation.variants.iter().map(|v| v.about.name.as_str()));
    let mut rows = table::with_header(head);
    for name in metric_names(evaluation) {
        let cells = evaluation
            .variants
            .iter()
            .map(|v| v.metrics.of(&name).map_or(String::new(), |estimate| with_interval(&name, estimate)));
        rows.add_row([name.clone()].into_iter().chain(cells));
    }
    for name in evaluation.variants.first().map(|v| v.counts.keys()).into_iter().flatten() {
        let cells =
            evaluation.variants.iter().map(|v| v.counts.get(name).map_or(String::new(), usize::to_string));
        rows.add_row([name.replace('_', " ")].into_iter().chain(cells));
    }
    rows
}

/// Names of all metrics, in the order of the first variant that has them.
pub(super) fn metric_names(evaluation: &Evaluation) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in evaluation.variants.iter().flat_map(|variant| variant.metrics.names()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.into());
        }
    }
    names
}

/// Names of numbers that are no rates.
const NO_RATES: [&str; 5] = ["mean", "p5", "median", "p95", "rank_correlation"];

/// A number as people read it: rates in percent with as many digits as they need.
pub(super) fn shown(name: &str, value: f64) -> String {
    if NO_RATES.contains(&name) {
        return format!("{value:.2}");
    }
    let percent = value * 100.0;
    match percent {
        p if p == 0.0 || p >= 10.0 => format!("{p:.1} %"),
        p if p >= 0.1 => format!("{p:.2} %"),
        p => format!("{p:.4} %"),
    }
}

/// The number and, when there is one, its interval.
pub(super) fn with_interval(name: &str, estimate: Estimate) -> String {
    let value = shown(name, estimate.value);
    estimate.interval.map_or(value.clone(), |interval| {
        let (low, high) = (shown(name, interval.low), shown(name, interval.high));
        format!("{value}  [{} … {}]", low.trim_end_matches(" %"), high.trim_end_matches(" %"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shown_with_the_digits_they_need() {
        for (value, text) in [(0.0, "0.0 %"), (0.5, "50.0 %"), (0.0123, "1.23 %"), (0.00012, "0.0120 %")] {
            assert_eq!(shown("eer", value), text);
        }
        assert_eq!(shown("median", 55.0), "55.00");
    }
}
