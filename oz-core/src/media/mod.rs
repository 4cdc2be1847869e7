//! Images, frames and media files, and the port of their decoders.
//!
//! Invariant: an [`Image`] is upright sRGB with eight bits per channel, and its buffer fits its size.
//! Decoders apply rotation metadata; no later stage has to consider it.

#[cfg(feature = "ndarray")]
mod arrays;
mod bytes;
mod frame;
mod frame_list;
mod image;
mod info;
mod limits;
mod orientation;
pub mod port;
mod raw_image;

pub use bytes::MediaBytes;
pub use frame::Frame;
pub use frame_list::FrameList;
pub use image::Image;
pub use info::{MediaInfo, MediaKind, MediaType};
pub use limits::DecodeLimits;
pub use orientation::Orientation;
pub use raw_image::{PixelFormat, RawImage};
