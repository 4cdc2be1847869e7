//! Domain model of `oz` and the ports that its adapters implement.
//!
//! The crate contains the vocabulary (images, faces, feature vectors, scores, verdicts), the pure rules
//! (geometry, alignment, pose, gestures, quality, decision policy) and one trait per external dependency.
//!
//! Files, sockets, clocks, threads, tensor libraries and databases are deliberately absent. They live in the
//! adapter crates (`oz-media`, `oz-models`, `oz-storage`), which implement the traits defined in the
//! `port.rs` files.
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
