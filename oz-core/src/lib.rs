//! The domain of `oz` and the ports through which it meets the world.
//!
//! What is here: the vocabulary (images, faces, feature vectors, scores, verdicts), the rules that need nothing but
//! numbers (geometry, alignment, pose, gestures, quality, decision policy) and one trait for every seam to the outside.
//!
//! What is not here, on purpose: files, sockets, clocks, threads, tensor libraries, databases. Those live in adapters
//! (`oz-media`, `oz-models`, `oz-storage`) that implement the traits in the files called `port.rs`.
//!
//! ```
//! use oz_core::face::{BoundingBox, Point};
//!
//! let face = BoundingBox::new(100.0, 80.0, 60.0, 60.0);
//! assert!(face.contains(Point::new(120.0, 100.0)));
//! ```

pub mod account;
pub mod analysis;
pub mod collection;
pub mod digest;
mod error;
pub mod evaluation;
pub mod event;
pub mod face;
pub mod folder;
pub mod inference;
pub mod license;
pub mod listing;
pub mod media;
pub mod metadata;
pub mod storage;
pub mod system;

pub use error::{Error, LimitKind, Result};
