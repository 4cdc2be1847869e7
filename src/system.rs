//! The clock and the random source of the operating system.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use oz_core::system::port::{Clock, IdGenerator};
use oz_core::system::{Timestamp, Uuid};

/// Instant of the first call of [`SystemClock::elapsed`].
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = SystemTime::now();
        now.duration_since(UNIX_EPOCH).map_or_else(
            |before| Timestamp::EPOCH.before(before.duration()),
            |since| Timestamp::EPOCH.after(since),
        )
    }

    fn elapsed(&self) -> Duration {
        START.elapsed()
    }
}

/// Random UUIDs, version 4, from the random source of the operating system.
///
/// ```
/// use oz::RandomIds;
/// use oz::core::system::port::IdGenerator;
///
/// assert_ne!(RandomIds.next_id(), RandomIds.next_id());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    /// # Panics
    /// When the operating system has no randomness, which happens only early in its start.
    fn next_id(&self) -> Uuid {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system provides random bytes");
        Uuid::from_random_bits(u128::from_ne_bytes(bytes))
    }
}
