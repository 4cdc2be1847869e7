//! The clock and the randomness of the machine.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use oz_core::system::port::{Clock, IdGenerator};
use oz_core::system::{Timestamp, Uuid};

/// When [`SystemClock::elapsed`] was first asked.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The clock of the operating system.
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

/// Sleeps by the timer of the tokio runtime, which its futures need.
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

/// Random names, UUID version 4, from the operating system's source of randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    /// # Panics
    /// When the operating system has no randomness to give, which happens only before it has started up.
    fn next_id(&self) -> Uuid {
        Uuid::from_random_bits(u128::from_ne_bytes(random()))
    }
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
