//! The seams to the machine's clock and source of randomness.

use std::fmt::Debug;
use std::time::Duration;

use super::{Timestamp, Uuid};

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
