//! The seams to the machine's clock and source of randomness, and to whoever keeps the figures of a running system.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{Measurement, Timestamp, Uuid};

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// The time of day, for what is stored and shown. It may be set back.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment, for measuring. It never goes back.
    fn elapsed(&self) -> Duration;
}

/// Gives names.
pub trait IdGenerator: Debug + Send + Sync {
    /// A name that was never given before.
    fn next_id(&self) -> Uuid;
}

/// Lets time pass.
#[async_trait]
pub trait Sleeper: Debug + Send + Sync {
    /// Is done once so much time has passed.
    async fn sleep(&self, duration: Duration);
}

/// Takes what was measured.
pub trait Meter: Debug + Send + Sync {
    /// Takes one measurement. Never fails and never waits.
    fn record(&self, measurement: &Measurement);
}
