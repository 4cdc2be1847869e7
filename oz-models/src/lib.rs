//! Inference engines, models, and what is measured on faces without one.

pub mod cache;
pub mod convert;
pub mod digest;
pub mod engine;
pub mod ledger;
#[cfg(feature = "pull")]
pub mod pull;
pub mod quality;
pub mod registry;
