//! Conversion of images to tensors.
//!
//! Invariants: an [`ImageNetwork`] is checked against its session when it is created, so that a run can only
//! fail in the engine; every mapping of an image into a network's input can be inverted.

mod letterbox;
mod network;
mod pack;
mod resize;

pub use letterbox::{Letterbox, letterbox};
pub use network::ImageNetwork;
pub use pack::Packer;
pub use resize::{Region, resize_area, resize_bilinear};
