//! Decoding of media from outside: pictures, videos, shot sets.
//!
//! What is here: adapters of [`oz_core::media::port::MediaDecoder`]. Everything that comes in is hostile until it is
//! decoded, so the rules are the same throughout:
//!
//! - the format is told by content, never by a file name ([`sniff`]);
//! - every limit is checked on headers, before memory is taken for pictures;
//! - tables are as long as the bytes that hold them, loops go forward, nothing recurses;
//! - third-party decoders stand behind a wall that turns a panic into `media.corrupt`;
//! - frames stream: memory holds the few pictures that reordering needs, whatever the length.
//!
//! What is not here, on purpose: audio, capture, encoding of videos, tone mapping of HDR, colour profiles.
//!
//! ```
//! use oz_core::media::{DecodeLimits, Image};
//! use oz_media::{decode_image, encode_jpeg};
//!
//! # fn main() -> oz_core::Result<()> {
//! let bytes = encode_jpeg(&Image::from_fn(64, 48, |_, _| [90, 120, 200]), 90)?;
//! assert_eq!(decode_image(bytes.as_slice(), &DecodeLimits::default())?.width(), 64);
//!
//! // A picture that was cut off is an error, not half a picture in grey.
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
