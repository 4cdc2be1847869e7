//! A clock that is set by hand, names that can be foreseen, waits and measurements that are written down.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use oz_core::system::port::{Clock, IdGenerator, Meter, Sleeper};
use oz_core::system::{Measurement, Timestamp, Uuid};

/// A clock that stands still until it is told to go on.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    elapsed: AtomicU64,
}

impl ManualClock {
    /// Shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now: AtomicI64::new(now.as_micros()), elapsed: AtomicU64::new(0) }
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.elapsed.fetch_add(micros, Ordering::SeqCst);
        self.now.store(self.now().after(duration).as_micros(), Ordering::SeqCst);
    }

    /// Sets the time of day, back if need be, as an administrator would. No time passes.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.as_micros(), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// Shows 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::at(Timestamp::from_secs(1_767_225_600))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.elapsed.load(Ordering::SeqCst))
    }
}

/// The names 1, 2, 3, ….
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdGenerator for SequentialIds {
    fn next_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}

/// Writes down how long it should have slept, and does not.
#[derive(Debug, Default)]
pub struct RecordingSleeper(Mutex<Vec<Duration>>);

impl RecordingSleeper {
    /// What was asked for since the last call.
    pub fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Sleeper for RecordingSleeper {
    async fn sleep(&self, duration: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
    }
}

/// Keeps measurements.
#[derive(Debug, Default)]
pub struct RecordingMeter(Mutex<Vec<Measurement>>);

impl RecordingMeter {
    /// What was measured since the last call.
    pub fn take(&self) -> Vec<Measurement> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Meter for RecordingMeter {
    fn record(&self, measurement: &Measurement) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(*measurement);
    }
}
