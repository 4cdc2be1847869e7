//! Ports for the clock, ID generation, sleeping and metrics.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{Measurement, Timestamp, Uuid};

/// Source of time.
pub trait Clock: Debug + Send + Sync {
    /// Wall-clock time, for stored and displayed timestamps. May go backwards.
    fn now(&self) -> Timestamp;

    /// Monotonic time since an arbitrary fixed moment, for measuring durations.
    fn elapsed(&self) -> Duration;
}

/// Generator of unique IDs.
pub trait IdGenerator: Debug + Send + Sync {
    /// Returns an ID that was never returned before.
    fn next_id(&self) -> Uuid;
}

/// Asynchronous sleep.
#[async_trait]
pub trait Sleeper: Debug + Send + Sync {
    /// Completes after `duration` has elapsed.
    async fn sleep(&self, duration: Duration);
}

/// Sink for measurements.
pub trait Meter: Debug + Send + Sync {
    /// Records one measurement. Never fails and never blocks.
    fn record(&self, measurement: &Measurement);
}
