//! Work between requests, over storage in memory: what workers answer, and what becomes of work when they do not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod analyses;
mod case;
mod endpoint;
mod interruptions;
mod keeping;
mod notices;
#[path = "../http/support/mod.rs"]
mod support;
