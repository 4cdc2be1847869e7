//! Decoder that only detects formats, from their first bytes. The service uses no other function of a
//! decoder.

use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, MediaBytes, MediaType};
use oz_core::{Error, Result};

#[derive(Debug)]
pub(crate) struct Sniffer;

impl MediaDecoder for Sniffer {
    fn name(&self) -> &'static str {
        "sniffer"
    }

    fn sniff(&self, head: &[u8]) -> Option<MediaType> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(MediaType::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(MediaType::Png),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(MediaType::Mp4),
            [b'P', b'K', 3, 4, ..] => Some(MediaType::Zip),
            _ => None,
        }
    }

    fn open(&self, _: MediaBytes, _: &DecodeLimits) -> Result<Box<dyn FrameSource>> {
        Err(Error::MediaUnsupportedType { detected: "anything: the sniffer cannot open media".into() })
    }
}
