//! Pictures and what they come in.
//!
//! Invariant: an [`Image`] is upright, sRGB, eight bits a channel, and its buffer fits its size. Whoever decodes applies
//! rotation metadata; nobody downstream has to ask.

mod bytes;
mod frame;
mod frame_list;
mod image;
mod info;
mod limits;
mod orientation;
pub mod port;

pub use bytes::MediaBytes;
pub use frame::Frame;
pub use frame_list::FrameList;
pub use image::Image;
pub use info::{MediaInfo, MediaKind, MediaType};
pub use limits::DecodeLimits;
pub use orientation::Orientation;
