//! Timer of the runtime and random source of the operating system.

/// Sleeper on the tokio timer. Futures need a tokio runtime with the timer enabled.
#[cfg(any(feature = "fs", feature = "objects"))]
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioSleeper;

#[cfg(any(feature = "fs", feature = "objects"))]
#[async_trait::async_trait]
impl oz_core::system::port::Sleeper for TokioSleeper {
    async fn sleep(&self, duration: std::time::Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Random bytes from the operating system.
#[cfg(any(feature = "encryption", feature = "fs", feature = "memory", feature = "objects"))]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the random source of the operating system works");
    bytes
}
