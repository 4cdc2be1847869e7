//! Inference engines, models, and what is measured on faces without one.

pub mod cache;
pub mod convert;
pub mod detection;
pub mod digest;
pub mod engine;
pub mod landmarks;
pub mod ledger;
pub mod pad;
pub mod preprocess;
#[cfg(feature = "pull")]
pub mod pull;
pub mod quality;
pub mod recognition;
pub mod registry;
#[cfg(any(feature = "onnx", feature = "pull"))]
mod work;
