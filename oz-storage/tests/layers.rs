//! Retry and metrics layers: contract and effect.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use oz_conformance::testing::{ManualClock, RecordingMeter, RecordingSleeper};
use oz_conformance::{at_once, storage};
use oz_core::storage::port::{BlobStore, BlobWriter};
use oz_core::storage::{Backoff, BlobKey};
use oz_core::system::{CompanyId, Uuid};
use oz_core::{Error, Result};
use oz_storage::layer::{MeteredBlobStore, RetryingBlobStore};
use oz_storage::memory::MemoryBlobStore;

/// Polls a future once; the futures of memory adapters never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a memory adapter waits"),
    }
}

fn key(id: u128) -> BlobKey {
    BlobKey { owner: CompanyId::from(Uuid::from_u128(1)), id: Uuid::from_u128(id) }
}

/// Blob store that fails a number of times, before or after doing the work, and then succeeds.
#[derive(Debug, Default)]
struct Flaky {
    below: MemoryBlobStore,
    failures: AtomicU32,
    after_the_work: bool,
    permanently: bool,
    clock: ManualClock,
}

impl Flaky {
    fn fail(&self) -> Result<()> {
        self.clock.advance(Duration::from_millis(3));
        let left = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => Err(Error::backend("working", !self.permanently, "injected failure")),
            Err(_) => Ok(()),
        }
    }

    async fn around<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        if self.after_the_work {
            let done = work.await;
            self.fail()?;
            return done;
        }
        self.fail()?;
        work.await
    }
}

#[async_trait]
impl BlobStore for Flaky {
    async fn create(&self, key: BlobKey) -> Result<Box<dyn BlobWriter>> {
        self.around(self.below.create(key)).await
    }

    async fn put(&self, key: BlobKey, content: &[u8]) -> Result<()> {
        self.around(self.below.put(key, content)).await
    }

    async fn read(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.around(self.below.read(key)).await
    }

    async fn read_range(&self, key: BlobKey, offset: u64, length: u64) -> Result<Vec<u8>> {
        self.around(self.below.read_range(key, offset, length)).await
    }

    async fn size(&self, key: BlobKey) -> Result<u64> {
        self.around(self.below.size(key)).await
    }

    async fn delete(&self, key: BlobKey) -> Result<()> {
        self.around(self.below.delete(key)).await
    }

    async fn list(&self, owner: CompanyId, after: Option<BlobKey>, limit: usize) -> Result<Vec<BlobKey>> {
        self.around(self.below.list(owner, after, limit)).await
    }
}

/// Retrying store with up to four attempts, its inner store and its sleeper.
fn retrying(flaky: Flaky) -> (RetryingBlobStore, Arc<Flaky>, Arc<RecordingSleeper>) {
    let (flaky, sleeper) = (Arc::new(flaky), Arc::new(RecordingSleeper::default()));
    let backoff = Backoff { first: Duration::from_millis(10), longest: Duration::from_millis(15) };
    (RetryingBlobStore::new(flaky.clone(), sleeper.clone(), backoff, 4), flaky, sleeper)
}

#[test]
fn retrying_store_keeps_the_contract() {
    storage::blob_store("retrying", &|| Arc::new(retrying(Flaky::default()).0), &at_once);
}

#[test]
fn every_operation_is_retried_with_growing_delays() {
    let (store, flaky, sleeper) = retrying(Flaky::default());
    let delays = [10, 15, 15].map(Duration::from_millis);
    let again = || flaky.failures.store(3, Ordering::SeqCst);
    again();
    ready(store.put(key(1), b"content")).unwrap();
    assert_eq!(sleeper.take(), delays);
    again();
    assert_eq!(ready(store.read(key(1))).unwrap(), b"content");
    again();
    assert_eq!(ready(store.read_range(key(1), 1, 2)).unwrap(), b"on");
    again();
    assert_eq!(ready(store.size(key(1))).unwrap(), 7);
    again();
    assert_eq!(ready(store.list(key(1).owner, None, 9)).unwrap(), [key(1)]);
    again();
    ready(store.create(key(2))).unwrap();
    again();
    ready(store.delete(key(1))).unwrap();
    assert_eq!(sleeper.take(), delays.repeat(6));
}

#[test]
fn exhausted_and_permanent_failures_are_returned() {
    let (store, flaky, sleeper) = retrying(Flaky::default());
    flaky.failures.store(4, Ordering::SeqCst);
    assert_eq!(ready(store.read(key(1))).unwrap_err().code(), "storage.backend");
    assert_eq!(sleeper.take().len(), 3);
    assert_eq!(ready(store.read(key(1))).unwrap_err().code(), "storage.not_found");

    let (store, _, sleeper) = retrying(Flaky { failures: 1.into(), permanently: true, ..Flaky::default() });
    assert_eq!(ready(store.read(key(1))).unwrap_err().code(), "storage.backend");
    assert_eq!(sleeper.take(), []);
}

#[test]
fn lost_acknowledgement_of_a_put_is_recovered() {
    let (store, ..) = retrying(Flaky { failures: 1.into(), after_the_work: true, ..Flaky::default() });
    ready(store.put(key(1), b"content")).unwrap();
    assert_eq!(ready(store.read(key(1))).unwrap(), b"content");
    assert_eq!(ready(store.put(key(1), b"content")).unwrap_err().code(), "storage.conflict");
}

#[test]
fn retried_put_over_another_blob_is_a_conflict() {
    let (store, flaky, _) = retrying(Flaky::default());
    ready(store.put(key(1), b"theirs")).unwrap();
    flaky.failures.store(1, Ordering::SeqCst);
    assert_eq!(ready(store.put(key(1), b"ours")).unwrap_err().code(), "storage.conflict");
}

#[test]
fn metered_store_keeps_the_contract() {
    let make = || -> Arc<dyn BlobStore> {
        let (clock, meter) = (Arc::new(ManualClock::default()), Arc::new(RecordingMeter::default()));
        Arc::new(MeteredBlobStore::new(Arc::new(MemoryBlobStore::default()), clock, meter))
    };
    storage::blob_store("metered", &make, &at_once);
}

/// Clock that is advanced by the measured store.
#[derive(Debug)]
struct ClockOf(Arc<Flaky>);

impl oz_core::system::port::Clock for ClockOf {
    fn now(&self) -> oz_core::system::Timestamp {
        self.0.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.clock.elapsed()
    }
}

#[test]
fn every_operation_is_measured() {
    let (flaky, meter) = (Arc::new(Flaky::default()), Arc::new(RecordingMeter::default()));
    let store = MeteredBlobStore::new(flaky.clone(), Arc::new(ClockOf(flaky.clone())), meter.clone());
    ready(store.put(key(1), b"content")).unwrap();
    ready(store.read(key(1))).unwrap();
    ready(store.read_range(key(1), 0, 3)).unwrap();
    ready(store.size(key(2))).unwrap_err();
    ready(store.list(key(1).owner, None, 9)).unwrap();
    ready(store.delete(key(1))).unwrap();
    flaky.failures.store(1, Ordering::SeqCst);
    ready(store.read(key(1))).unwrap_err();

    let measured = meter.take();
    assert!(measured.iter().all(|one| one.part == "blobs"));
    let facts: Vec<_> = measured.iter().map(|one| (one.operation, one.outcome, one.bytes)).collect();
    let expected = [
        ("create", "ok", 0),
        ("write", "ok", 7),
        ("finish", "ok", 0),
        ("read", "ok", 7),
        ("read", "ok", 3),
        ("size", "storage.not_found", 0),
        ("list", "ok", 0),
        ("delete", "ok", 0),
        ("read", "storage.backend", 0),
    ];
    assert_eq!(facts, expected);

    // The writer of the memory store takes no time, unlike the operations of the flaky store.
    let took_time = |one: &oz_core::system::Measurement| one.duration == Duration::from_millis(3);
    assert!(measured.iter().all(|one| took_time(one) != matches!(one.operation, "write" | "finish")));
}
