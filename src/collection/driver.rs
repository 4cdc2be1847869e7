//! Blocking calls into asynchronous storage.

use std::task::{Context, Poll, Waker};

/// Executor of the storage behind a collection.
#[derive(Debug)]
pub(super) enum Driver {
    /// Storage in memory, whose futures are ready when they are first polled.
    Immediate,
    /// Storage that waits for files.
    #[cfg(feature = "sqlite")]
    Runtime(Runtime),
}

/// Runtime that can be dropped on any thread.
#[cfg(feature = "sqlite")]
#[derive(Debug)]
pub(super) struct Runtime(Option<tokio::runtime::Runtime>);

#[cfg(feature = "sqlite")]
impl Runtime {
    /// Starts a runtime with one thread.
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.as_ref().expect("the runtime is taken only on drop").block_on(work)
    }
}

/// Shuts down without waiting: a plain drop waits for the threads, which panics on a thread of another
/// runtime.
#[cfg(feature = "sqlite")]
impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Driver {
    /// Waits for the result of `work`. Works in asynchronous code too, where it blocks the thread.
    pub(super) fn wait<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        match self {
            Self::Immediate => ready(work),
            // The calling thread may belong to another runtime, and tokio panics when such a thread blocks.
            #[cfg(feature = "sqlite")]
            Self::Runtime(runtime) => std::thread::scope(|scope| {
                let waiting = scope.spawn(|| runtime.block_on(work));
                waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }),
        }
    }
}

fn ready<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("futures of storage in memory are ready at once"),
    }
}
