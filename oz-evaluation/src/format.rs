//! Numbers as people read them.

use crate::document::{Estimate, Evaluation};

/// Names of all metrics, in the order of the first variant that has them.
pub fn metric_names(evaluation: &Evaluation) -> Vec<String> {
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
pub fn value(name: &str, value: f64) -> String {
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
pub fn value_with_interval(name: &str, estimate: Estimate) -> String {
    let shown = value(name, estimate.value);
    estimate.interval.map_or(shown.clone(), |interval| {
        let (low, high) = (value(name, interval.low), value(name, interval.high));
        format!("{shown}  [{} … {}]", low.trim_end_matches(" %"), high.trim_end_matches(" %"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shown_with_the_digits_they_need() {
        for (rate, text) in [(0.0, "0.0 %"), (0.5, "50.0 %"), (0.0123, "1.23 %"), (0.00012, "0.0120 %")] {
            assert_eq!(value("eer", rate), text);
        }
        assert_eq!(value("median", 55.0), "55.00");
    }
}
