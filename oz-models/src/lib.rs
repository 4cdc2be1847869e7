//! Inference engines and face models for [oz](https://github.com/oz-liveness/oz).
//!
//! The crate implements the ports of `oz-core`:
//!
//! | module | contents |
//! |---|---|
//! | [`engine`] | ONNX Runtime and a pure-Rust engine, behind `oz_core::inference::port::Engine` |
//! | [`ledger`], [`registry`] | manifests of all known models; loading of verified model files |
//! | `pull` | download and conversion of models that are not bundled (feature `pull`) |
//! | [`detection`], [`landmarks`] | face detection; face mesh and expression |
//! | [`recognition`], [`pad`] | feature vectors; presentation attack detection |
//! | [`quality`] | face image quality, measured without a model |
//! | [`preprocess`] | resizing, letterboxing and packing of images into tensors |
//! | [`convert`] | conversion of foreign model files to ONNX |
//!
//! The ledger knows every model, and the registry loads the installed ones after verifying their digests:
//!
//! ```
//! use oz_models::registry::{Presence, Registry, RegistryConfig};
//!
//! # fn main() -> oz_core::Result<()> {
//! let registry = Registry::new(&RegistryConfig::default())?;
//! for (model, presence) in registry.list() {
//!     let state = if presence == Presence::Missing { "not installed" } else { "installed" };
//!     println!("{}, {} bytes, {:?}: {state}", model.id, model.bytes, model.licence.commercial_use);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Most applications do not use this crate directly: `oz::Oz` loads the models of a configuration. To add a
//! model, describe it in a manifest (`examples/own_model.rs`); to add an engine, implement
//! `oz_core::inference::port::Engine`.

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
