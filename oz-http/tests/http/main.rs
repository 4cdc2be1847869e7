//! The service as a client meets it: a running server on a free port, spoken to over HTTP.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorize;
mod basics;
mod collections;
mod companies;
mod event_sessions;
mod folders;
mod lite;
mod roles;
mod support;
mod totals;
mod users;
