//! Test kit for authors of adapters: one behaviour suite for every port of `oz-core`.
//!
//! A suite is a list of claims, each a sentence of the port's documentation. It makes a fresh adapter for every claim,
//! checks all of them, and reports by name the ones that do not hold. An adapter joins with one line:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use oz_core::storage::port::BlobStore;
//! # fn my_blob_store() -> Arc<dyn BlobStore> { unimplemented!() }
//! use oz_conformance::{at_once, storage};
//!
//! storage::blob_store("mine", &my_blob_store, &at_once);
//! ```
//!
//! Suites of asynchronous ports take a driver: [`at_once`] for adapters that never wait, otherwise whatever runs a future
//! to its end, e.g. `|claim| runtime.block_on(claim)`. Nothing here sleeps; time is passed in.

#![allow(clippy::unwrap_used, reason = "a suite fails by panicking, and says which claim did not hold")]

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

/// A claim about an asynchronous port, under way.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes a fresh, empty adapter.
pub type Make<'a, P> = &'a dyn Fn() -> Arc<P>;

/// Runs a claim to its end.
pub type Drive<'a> = &'a dyn Fn(Running);

/// Says that a test was left out, and why: `left out: what: why`. Written past the test runner, which hides what passing
/// tests print.
///
/// # Panics
/// When standard error cannot be written.
pub fn left_out(what: impl Display, why: impl Display) {
    writeln!(std::io::stderr(), "left out: {what}: {why}").expect("standard error can be written");
}

/// Drives futures of adapters that never wait.
///
/// # Panics
/// When the future has to wait.
pub fn at_once(claim: Running) {
    let mut claim = claim;
    let poll = claim.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(()), "the adapter waits: drive it with an executor");
}

/// A sentence of a port's documentation and the check of it.
#[derive(Clone, Copy)]
pub(crate) struct Claim<F> {
    pub(crate) name: &'static str,
    pub(crate) check: F,
}

pub(crate) type AsyncClaim<P> = Claim<fn(Arc<P>) -> Running>;

pub(crate) type SyncClaim<P> = Claim<fn(&P)>;

/// Lists claims about an asynchronous port by the names of the functions that check them.
macro_rules! async_claims {
    ($($check:ident),+ $(,)?) => {
        &[$($crate::Claim { name: stringify!($check), check: |port| Box::pin($check(port)) }),+]
    };
}

/// Lists claims about a synchronous port by the names of the functions that check them.
macro_rules! claims {
    ($($check:ident),+ $(,)?) => {
        &[$($crate::Claim { name: stringify!($check), check: $check }),+]
    };
}

pub(crate) use {async_claims, claims};

pub(crate) fn all_hold_async<P: ?Sized>(
    adapter: &str,
    claims: &[AsyncClaim<P>],
    make: Make<'_, P>,
    drive: Drive<'_>,
) {
    all_hold(adapter, claims, |check| drive(check(make())));
}

pub(crate) fn all_hold_sync<P: ?Sized>(adapter: &str, claims: &[SyncClaim<P>], make: Make<'_, P>) {
    all_hold(adapter, claims, |check| check(&make()));
}

/// Checks every claim, also after one did not hold.
pub(crate) fn all_hold<F>(adapter: &str, claims: &[Claim<F>], check: impl Fn(&F)) {
    let broken: Vec<String> = claims
        .iter()
        .filter_map(|claim| {
            let outcome = catch_unwind(AssertUnwindSafe(|| check(&claim.check)));
            outcome.err().map(|panic| format!("  {}: {}", claim.name, text(panic.as_ref())))
        })
        .collect();
    let (count, all) = (broken.len(), claims.len());
    assert!(broken.is_empty(), "{count} of {all} claims do not hold for `{adapter}`:\n{}", broken.join("\n"));
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panicked")
}

/// Checks that an operation failed with this code.
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
        let panic = catch_unwind(|| all_hold_sync("toy", claims, &|| "one".into())).unwrap_err();
        let report = text(panic.as_ref());
        assert!(report.starts_with("1 of 2 claims do not hold for `toy`:\n  does_not_hold: "), "{report}");
        all_hold_sync("toy", claims, &|| "another".into());
    }

    #[test]
    #[should_panic(expected = "the adapter waits")]
    fn a_future_that_waits_needs_an_executor() {
        at_once(Box::pin(std::future::pending()));
    }
}
