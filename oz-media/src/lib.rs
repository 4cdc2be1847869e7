//! Decoding of untrusted media: images, videos and shot sets.
//!
//! The crate implements [`oz_core::media::port::MediaDecoder`]. All input is treated as hostile:
//!
//! - the format is detected from the content, never from a file name ([`sniff`]);
//! - limits are checked on headers, before memory for pictures is allocated;
//! - tables are bounded by the bytes that hold them, parsers only move forward, nothing recurses;
//! - a panic in a third-party decoder becomes `media.corrupt`;
//! - frames are streamed: memory holds the few pictures that reordering needs, regardless of the duration.
//!
//! Out of scope: audio, capture, video encoding, HDR tone mapping, colour profiles.
//!
//! ```
//! use oz_core::media::{DecodeLimits, Image};
//! use oz_media::{decode_image, encode_jpeg};
//!
//! # fn main() -> oz_core::Result<()> {
//! let bytes = encode_jpeg(&Image::from_fn(64, 48, |_, _| [90, 120, 200]), 90)?;
//! assert_eq!(decode_image(bytes.as_slice(), &DecodeLimits::default())?.width(), 64);
//!
//! // A truncated picture is an error, not a picture with a grey lower half.
//! let cut = &bytes[..bytes.len() - 2];
//! assert_eq!(decode_image(cut, &DecodeLimits::default()).unwrap_err().code(), "media.truncated");
//! # Ok(())
//! # }
//! ```

mod budget;
mod decoders;
mod encode;
mod ffmpeg;
mod flatten;
mod guard;
mod picture;
mod shotset;
mod shrink;
pub mod sniff;
mod video;

#[cfg(feature = "testing")]
pub mod testing;

pub use decoders::{Decoders, decode_image, first_frame};
pub use encode::{encode_gif, encode_jpeg, encode_png, encode_preview};
pub use ffmpeg::{FfmpegConfig, FfmpegDecoder};
pub use picture::ImageDecoder;
pub use shotset::{ShotSetDecoder, natural_order};
pub use shrink::shrunk;
pub use video::VideoDecoder;
