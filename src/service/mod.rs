//! The assembly of the service.
//!
//! Invariant: this is the only place where the service meets its adapters; `oz-http` sees ports.

pub mod examiner;
