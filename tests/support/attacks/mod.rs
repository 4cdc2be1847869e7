//! Heads that move and attacks made from them, out of one portrait in the public domain. For tests only.
//!
//! Everything is a function of a seed. What is made here is simple: a head is the portrait's own mesh turned in space, a
//! print is a plane, a screen is a grid. It shows that each layer sees what it is there for, and what passes it; how often
//! real attacks are found can only be measured on real ones.

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
/// Frames a second of all recordings.
pub const RATE: f32 = 10.0;
