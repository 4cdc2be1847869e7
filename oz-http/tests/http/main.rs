//! Tests of the HTTP interface: a running server on a free port, called over HTTP.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
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
