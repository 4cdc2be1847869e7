//! Meter over the `metrics` facade, for example for a Prometheus exporter.

use oz_core::system::Measurement;
use oz_core::system::port::Meter;

/// Records measurements in the histogram `oz_storage_operation_seconds` with the labels `part`, `operation`
/// and `outcome`, and in the counter `oz_storage_bytes_total` with the labels `part` and `operation`.
#[derive(Debug, Clone, Copy, Default)]
pub struct FacadeMeter;

impl Meter for FacadeMeter {
    fn record(&self, measurement: &Measurement) {
        let Measurement { part, operation, outcome, duration, bytes } = *measurement;
        metrics::histogram!(
            "oz_storage_operation_seconds", "part" => part, "operation" => operation, "outcome" => outcome
        )
        .record(duration.as_secs_f64());
        if bytes > 0 {
            metrics::counter!("oz_storage_bytes_total", "part" => part, "operation" => operation)
                .increment(bytes);
        }
    }
}
