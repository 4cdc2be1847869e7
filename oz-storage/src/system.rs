//! System clock, timer and random IDs.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use oz_core::system::port::{Clock, IdGenerator};
use oz_core::system::{Timestamp, Uuid};

/// Time of the first call to [`SystemClock::elapsed`].
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

/// Sleeper on the tokio timer. Futures need a tokio runtime with the timer enabled.
#[cfg(any(feature = "fs", feature = "objects"))]
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioSleeper;

#[cfg(any(feature = "fs", feature = "objects"))]
#[async_trait::async_trait]
impl oz_core::system::port::Sleeper for TokioSleeper {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Generates random IDs (UUID version 4) from the random source of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    /// # Panics
    /// When the random source of the operating system fails, which can happen only during early boot.
    fn next_id(&self) -> Uuid {
        Uuid::from_random_bits(u128::from_ne_bytes(random()))
    }
}

/// Returns random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the random source of the operating system works");
    bytes
}
