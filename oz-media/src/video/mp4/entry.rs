//! Sample descriptions: codec, decoder configuration, stored size and colour.

use oz_core::{Error, Result};

use super::boxes::{IsoBox, boxes};
use crate::video::color::{ColorHint, Matrix, Range};
use crate::video::reader::Reader;
use crate::video::track::{Codec, unsupported_codec};

/// Bytes of a visual sample entry before its child boxes.
const FIXED: usize = 78;

/// First sample description of a track.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) codec: Codec,
    /// Content of the configuration box; empty if absent.
    pub(super) config: &'a [u8],
    pub(super) color: ColorHint,
    /// Stored width and height in pixels.
    pub(super) size: (u32, u32),
}

impl<'a> Entry<'a> {
    /// Parses a sample description box (`stsd`).
    pub(super) fn parse(stsd: &IsoBox<'a>) -> Result<Self> {
        let (_, _, mut reader) = stsd.full()?;
        reader.skip(4)?;
        let entry = boxes(reader.rest())
            .next()
            .ok_or_else(|| Error::corrupt("the sample description of the MP4 file is empty"))??;
        let (codec, config_kind) = codec_of(entry.kind)?;

        let mut fixed = Reader::new(entry.body);
        fixed.skip(24)?;
        let size = (u32::from(fixed.u16()?), u32::from(fixed.u16()?));

        let mut found = Self { codec, config: &[], color: ColorHint::default(), size };
        for extra in boxes(entry.body.get(FIXED..).unwrap_or_default()) {
            let Ok(extra) = extra else { break };
            if extra.kind == *config_kind {
                found.config = extra.body;
            } else if extra.kind == *b"colr" {
                found.color = color(extra.body).unwrap_or_default();
            }
        }

        if found.config.is_empty() && matches!(codec, Codec::H264 | Codec::Hevc) {
            return Err(Error::corrupt("the decoder configuration of the MP4 file is missing"));
        }
        Ok(found)
    }
}

/// Codec of a four-character code, and the type of its configuration box.
fn codec_of(kind: [u8; 4]) -> Result<(Codec, &'static [u8; 4])> {
    match &kind {
        b"avc1" | b"avc3" => Ok((Codec::H264, b"avcC")),
        // Dolby Vision profiles with an HEVC base layer carry an ordinary configuration.
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => Ok((Codec::Hevc, b"hvcC")),
        b"vp08" => Ok((Codec::Vp8, b"vpcC")),
        b"vp09" => Ok((Codec::Vp9, b"vpcC")),
        b"av01" => Ok((Codec::Av1, b"av1C")),
        _ => Err(unsupported_codec(kind.escape_ascii())),
    }
}

/// Parses the colour description of ISO files (`nclx`) or QuickTime (`nclc`, without a range).
fn color(body: &[u8]) -> Result<ColorHint> {
    let mut reader = Reader::new(body);
    let kind: [u8; 4] = reader.array()?;
    reader.skip(4)?;
    let matrix = Matrix::from_code(u32::from(reader.u16()?));
    Ok(match &kind {
        b"nclx" => ColorHint {
            matrix,
            range: Some(if reader.u8()? & 0x80 == 0 { Range::Limited } else { Range::Full }),
        },
        b"nclc" => ColorHint { matrix, range: None },
        _ => ColorHint::default(),
    })
}
