//! The timer of the runtime and the random source of the operating system.

/// Sleeps by the timer of the tokio runtime, which its futures need.
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
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
