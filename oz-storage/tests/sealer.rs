//! Sealed values open only for the owner and context they were sealed for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use oz_core::Result;
use oz_core::storage::KeyVersion;
use oz_core::storage::port::KeyProvider;
use oz_core::system::{CompanyId, Uuid};
use oz_storage::layer::Sealer;
use oz_storage::memory::MemoryKeyProvider;
use proptest::prelude::*;

/// Polls a future once; the futures of memory adapters never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a memory adapter waits"),
    }
}

fn owner(number: u128) -> CompanyId {
    CompanyId::from(Uuid::from_u128(number))
}

fn sealer() -> (Sealer, Arc<MemoryKeyProvider>) {
    let keys = Arc::new(MemoryKeyProvider::default());
    (Sealer::new(keys.clone()), keys)
}

#[track_caller]
fn assert_code<T: std::fmt::Debug>(result: Result<T>, code: &str) {
    assert_eq!(result.unwrap_err().code(), code);
}

#[test]
fn value_opens_only_for_its_owner_and_context() {
    let (sealer, _) = sealer();
    let sealed = ready(sealer.seal(owner(1), b"subject 7 name", b"Ada")).unwrap();
    assert_eq!(sealed.len(), 3 + Sealer::OVERHEAD);
    assert_eq!(ready(sealer.open(owner(1), b"subject 7 name", &sealed)).unwrap(), b"Ada");
    assert_code(ready(sealer.open(owner(1), b"subject 8 name", &sealed)), "storage.backend");
    ready(sealer.seal(owner(2), b"", b"")).unwrap();
    assert_code(ready(sealer.open(owner(2), b"subject 7 name", &sealed)), "storage.backend");
}

#[test]
fn equal_values_have_different_ciphertexts() {
    let (sealer, _) = sealer();
    let seal = || ready(sealer.seal(owner(1), b"column", b"the same")).unwrap();
    assert_ne!(seal()[17..], seal()[17..]);
}

#[test]
fn old_values_open_after_a_rotation_and_have_the_old_version() {
    let (sealer, keys) = sealer();
    let old = ready(sealer.seal(owner(1), b"c", b"old")).unwrap();
    let current = ready(keys.rotate(owner(1))).unwrap().version();
    let new = ready(sealer.seal(owner(1), b"c", b"new")).unwrap();
    assert_eq!(ready(sealer.open(owner(1), b"c", &old)).unwrap(), b"old");
    assert_eq!(ready(sealer.open(owner(1), b"c", &new)).unwrap(), b"new");
    assert_eq!([&old, &new].map(|sealed| Sealer::version_of(sealed).unwrap()), [KeyVersion(1), current]);
}

#[test]
fn value_of_a_destroyed_key_is_not_found() {
    let (sealer, keys) = sealer();
    let sealed = ready(sealer.seal(owner(1), b"c", b"gone")).unwrap();
    ready(keys.destroy(owner(1))).unwrap();
    assert_code(ready(sealer.open(owner(1), b"c", &sealed)), "storage.not_found");
}

proptest! {
    #[test]
    fn sealed_value_round_trips(plain: Vec<u8>, context: Vec<u8>) {
        let (sealer, _) = sealer();
        let sealed = ready(sealer.seal(owner(1), &context, &plain)).unwrap();
        prop_assert_eq!(ready(sealer.open(owner(1), &context, &sealed)).unwrap(), plain);
    }

    #[test]
    fn flipped_bit_and_truncation_are_refused(plain: Vec<u8>, at: prop::sample::Index, bit in 0u32..8) {
        let (sealer, _) = sealer();
        let sealed = ready(sealer.seal(owner(1), b"c", &plain)).unwrap();
        let at = at.index(sealed.len());
        let mut changed = sealed.clone();
        changed[at] ^= 1u8 << bit;
        // A changed key version refers to a key that does not exist.
        let code = if (1..5).contains(&at) { "storage.not_found" } else { "storage.backend" };
        assert_code(ready(sealer.open(owner(1), b"c", &changed)), code);
        assert_code(ready(sealer.open(owner(1), b"c", &sealed[..at])), "storage.backend");
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes: Vec<u8>) {
        let (sealer, keys) = sealer();
        ready(keys.current(owner(1))).unwrap();
        prop_assert!(ready(sealer.open(owner(1), b"c", &bytes)).is_err());
    }
}
