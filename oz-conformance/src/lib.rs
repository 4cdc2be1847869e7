//! Test kit for authors of adapters: one behaviour suite for each port of `oz-core`.
//!
//! A suite consists of claims, each of them a statement in the documentation of the port. It creates a fresh
//! adapter for each claim, checks all claims, and panics with the names of those that do not hold.
//!
//! An adapter joins a suite with one test:
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! use oz_conformance::system;
//! use oz_core::system::Uuid;
//! use oz_core::system::port::IdGenerator;
//!
//! #[derive(Debug, Default)]
//! struct Counter(AtomicU64);
//!
//! impl IdGenerator for Counter {
//!     fn next_id(&self) -> Uuid {
//!         Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
//!     }
//! }
//!
//! // In a `#[test]` of the crate of the adapter.
//! system::id_generator("counter", &|| Arc::new(Counter::default()));
//! ```
//!
//! Suites of asynchronous ports also take a driver that runs a future to completion: [`at_once`] for adapters
//! that never wait, otherwise an executor, e.g. `&|claim| runtime.block_on(claim)`:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use oz_core::storage::port::BlobStore;
//! # fn new_blob_store() -> Arc<dyn BlobStore> { unimplemented!() }
//! use oz_conformance::{at_once, storage};
//!
//! storage::blob_store("memory", &new_blob_store, &at_once);
//! ```
//!
//! The suites use no clock and never sleep: time is passed in. Test doubles for further tests are in
//! [`testing`].

#![allow(clippy::unwrap_used, reason = "a suite fails by panicking and reports the claim")]

pub mod account;
pub mod collection;
pub mod event;
pub mod folder;
pub mod inference;
pub mod license;
pub mod media;
pub mod storage;
pub mod system;
pub mod testing;

use std::any::Any;
use std::fmt::Display;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Future that checks a claim about an asynchronous port.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Factory of fresh, empty adapters.
pub type Make<'a, P> = &'a dyn Fn() -> Arc<P>;

/// Driver that runs the check of a claim to completion.
pub type Drive<'a> = &'a dyn Fn(Running);

/// Reports a skipped test on standard error: `left out: TEST: REASON`. The line bypasses the output capture
/// of the test runner, which hides the output of passing tests.
///
/// # Panics
/// When standard error cannot be written.
pub fn left_out(test: impl Display, reason: impl Display) {
    writeln!(std::io::stderr(), "left out: {test}: {reason}").expect("standard error can be written");
}

/// Driver for adapters that never wait, e.g. in memory: polls the future once.
///
/// # Panics
/// When the future is pending.
pub fn at_once(claim: Running) {
    let mut claim = claim;
    let poll = claim.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(()), "the adapter waits: drive it with an executor");
}

/// Statement in the documentation of a port and its check.
#[derive(Clone, Copy)]
pub(crate) struct Claim<F> {
    pub(crate) name: &'static str,
    pub(crate) check: F,
}

pub(crate) type AsyncClaim<P> = Claim<fn(Arc<P>) -> Running>;

pub(crate) type SyncClaim<P> = Claim<fn(&P)>;

/// Claims about an asynchronous port from the functions that check them.
macro_rules! async_claims {
    ($($check:ident),+ $(,)?) => {
        &[$($crate::Claim { name: stringify!($check), check: |port| Box::pin($check(port)) }),+]
    };
}

/// Claims about a synchronous port from the functions that check them.
macro_rules! claims {
    ($($check:ident),+ $(,)?) => {
        &[$($crate::Claim { name: stringify!($check), check: $check }),+]
    };
}

pub(crate) use {async_claims, claims};

pub(crate) fn check_async_claims<P: ?Sized>(
    adapter: &str,
    claims: &[AsyncClaim<P>],
    make: Make<'_, P>,
    drive: Drive<'_>,
) {
    check_claims(adapter, claims, |check| drive(check(make())));
}

pub(crate) fn check_sync_claims<P: ?Sized>(adapter: &str, claims: &[SyncClaim<P>], make: Make<'_, P>) {
    check_claims(adapter, claims, |check| check(&make()));
}

/// Checks all claims, even after one fails, and panics with the names of those that do not hold.
pub(crate) fn check_claims<F>(adapter: &str, claims: &[Claim<F>], check: impl Fn(&F)) {
    let broken: Vec<String> = claims
        .iter()
        .filter_map(|claim| {
            let outcome = catch_unwind(AssertUnwindSafe(|| check(&claim.check)));
            outcome.err().map(|panic| format!("  {}: {}", claim.name, message(panic.as_ref())))
        })
        .collect();
    let (count, all) = (broken.len(), claims.len());
    assert!(broken.is_empty(), "{count} of {all} claims do not hold for `{adapter}`:\n{}", broken.join("\n"));
}

/// Message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    let message = panic.downcast_ref::<String>().map(String::as_str);
    message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panicked")
}

/// Asserts that an operation failed with the error code `expected`.
#[track_caller]
pub(crate) fn assert_code<T: std::fmt::Debug>(result: oz_core::Result<T>, expected: &str) {
    match result {
        Err(error) => assert_eq!(error.code(), expected, "{error}"),
        Ok(value) => panic!("succeeded with {value:?} instead of failing with {expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(_port: &str) {}

    fn does_not_hold(port: &str) {
        assert_eq!(port, "another", "as expected");
    }

    #[test]
    fn a_broken_claim_is_reported_by_its_name() {
        let claims: &[SyncClaim<str>] = claims![holds, does_not_hold];
        let panic = catch_unwind(|| check_sync_claims("toy", claims, &|| "one".into())).unwrap_err();
        let report = message(panic.as_ref());
        assert!(report.starts_with("1 of 2 claims do not hold for `toy`:\n  does_not_hold: "), "{report}");
        check_sync_claims("toy", claims, &|| "another".into());
    }

    #[test]
    #[should_panic(expected = "the adapter waits")]
    fn a_pending_future_requires_an_executor() {
        at_once(Box::pin(std::future::pending()));
    }
}
