//! Table of metrics, one column per variant.

use oz_evaluation::{Evaluation, metric_names, value_with_interval};

use crate::table::{self, Table};

/// Lists metrics, then counts, with one column per variant.
pub(crate) fn table(evaluation: &Evaluation) -> Table {
    let head = [evaluation.kind].into_iter().chain(evaluation.variants.iter().map(|v| v.about.name.as_str()));
    let mut rows = table::with_header(head);
    for name in metric_names(evaluation) {
        let cells = evaluation.variants.iter().map(|v| {
            v.metrics.of(&name).map_or(String::new(), |estimate| value_with_interval(&name, estimate))
        });
        rows.add_row([name.clone()].into_iter().chain(cells));
    }
    for name in evaluation.variants.first().map(|v| v.counts.keys()).into_iter().flatten() {
        let cells =
            evaluation.variants.iter().map(|v| v.counts.get(name).map_or(String::new(), usize::to_string));
        rows.add_row([name.replace('_', " ")].into_iter().chain(cells));
    }
    rows
}
