//! Tests of background work with in-memory storage: results, interruptions, notices and retention.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod analyses;
mod case;
mod endpoint;
mod interruptions;
mod keeping;
mod notices;
#[path = "../http/support/mod.rs"]
mod support;
