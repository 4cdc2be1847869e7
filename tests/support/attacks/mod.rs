//! Synthetic recordings of moving heads, and attacks derived from them, all generated from one public-domain
//! portrait.
//!
//! Everything is a function of a seed. The models are simple: a head is the mesh of the portrait rotated in
//! space, a print is a plane, a screen is a grid. The recordings show that each layer detects its kind of
//! attack; detection rates on real attacks can only be measured on real recordings.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(missing_docs, unreachable_pub, reason = "a module of test binaries")]

pub mod delaunay;
pub mod export;
pub mod flat;
pub mod flow;
pub mod head;
pub mod identity;
pub mod motion;
pub mod pixels;
pub mod random;
pub mod screen;
pub mod species;

pub use head::{Head, Pose};
pub use motion::Script;
pub use random::Random;
pub use species::{Presentation, Species};

/// Side of all frames in pixels.
pub const SIDE: u32 = 360;
/// Frame rate of all recordings, in frames per second.
pub const RATE: f32 = 10.0;
