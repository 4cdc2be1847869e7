//! SQL adapters: contracts, concurrency, migrations and file content.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concurrency;
mod conformance;
mod durability;
mod lockstep;
mod measure;
mod metadata_search;
mod migration;
mod postgres;
#[path = "../support/postgres.rs"]
mod server;
mod support;
mod templates;
