//! Deterministic test doubles: manual clock, sequential IDs, recording sleeper and meter.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use oz_core::system::port::{Clock, IdGenerator, Meter, Sleeper};
use oz_core::system::{Measurement, Timestamp, Uuid};

/// Clock that advances only through [`ManualClock::advance`].
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    elapsed: AtomicU64,
}

impl ManualClock {
    /// Clock with the time of day `now` and no time elapsed.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now: AtomicI64::new(now.as_micros()), elapsed: AtomicU64::new(0) }
    }

    /// Advances the time of day and the elapsed time, in whole microseconds.
    pub fn advance(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.elapsed.fetch_add(micros, Ordering::SeqCst);
        self.now.store(self.now().after(duration).as_micros(), Ordering::SeqCst);
    }

    /// Sets the time of day, forwards or backwards; the elapsed time does not change.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.as_micros(), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// Clock with the time of day 2026-01-01T00:00:00Z.
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

/// Generator of the IDs 1, 2, 3, ….
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdGenerator for SequentialIds {
    fn next_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}

/// Sleeper that records the requested durations and returns immediately.
#[derive(Debug, Default)]
pub struct RecordingSleeper(Mutex<Vec<Duration>>);

impl RecordingSleeper {
    /// Durations requested since the last call.
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

/// Meter that records measurements.
#[derive(Debug, Default)]
pub struct RecordingMeter(Mutex<Vec<Measurement>>);

impl RecordingMeter {
    /// Measurements recorded since the last call.
    pub fn take(&self) -> Vec<Measurement> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Meter for RecordingMeter {
    fn record(&self, measurement: &Measurement) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(*measurement);
    }
}
