//! Formatting of metrics for people.

use crate::document::{Estimate, Evaluation};

/// Names of all metrics of all variants, without duplicates, in the order of their first occurrence.
#[must_use]
pub fn metric_names(evaluation: &Evaluation) -> Vec<String> {
    distinct_names(evaluation.variants.iter().flat_map(|variant| variant.metrics.names()))
}

/// Names without duplicates, in the order of their first occurrence.
pub(crate) fn distinct_names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.iter().any(|known| known == name) {
            distinct.push(name.into());
        }
    }
    distinct
}

/// Metrics that are not rates and are therefore not shown in percent.
const PLAIN_NUMBERS: [&str; 5] = ["mean", "p5", "median", "p95", "rank_correlation"];

/// Formats a metric: rates in percent with one to four decimals, the more the smaller; other numbers with two
/// decimals.
pub(crate) fn format_value(name: &str, value: f64) -> String {
    if PLAIN_NUMBERS.contains(&name) {
        return format!("{value:.2}");
    }
    let percent = value * 100.0;
    match percent {
        p if p == 0.0 || p >= 10.0 => format!("{p:.1} %"),
        p if p >= 0.1 => format!("{p:.2} %"),
        p => format!("{p:.4} %"),
    }
}

/// Formats the bounds of an interval in the unit of the metric, without the unit: `0.30 … 1.70`.
pub(crate) fn format_bounds(name: &str, low: f64, high: f64) -> String {
    let [low, high] = [low, high].map(|bound| format_value(name, bound));
    format!("{} … {}", low.trim_end_matches(" %"), high.trim_end_matches(" %"))
}

/// Formats the metric `name` with its interval, if it has one: `1.00 %  [0.30 … 1.70]`.
#[must_use]
pub fn value_with_interval(name: &str, estimate: Estimate) -> String {
    let value = format_value(name, estimate.value);
    match estimate.interval {
        Some(interval) => format!("{value}  [{}]", format_bounds(name, interval.low, interval.high)),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_rates_get_more_decimals() {
        for (rate, text) in [(0.0, "0.0 %"), (0.5, "50.0 %"), (0.0123, "1.23 %"), (0.00012, "0.0120 %")] {
            assert_eq!(format_value("eer", rate), text);
        }
        assert_eq!(format_value("median", 55.0), "55.00");
    }
}
