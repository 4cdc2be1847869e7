//! From pictures to tensors.
//!
//! Invariants: a [`ImageNetwork`] was checked against its session when it was made, so a run can only fail in the engine;
//! whatever moves a picture into a network's input also tells the way back.

mod letterbox;
mod network;
mod pack;
mod resize;

pub use letterbox::{Letterbox, letterbox};
pub use network::ImageNetwork;
pub use pack::Packer;
pub use resize::{Region, resize_area, resize_bilinear};
