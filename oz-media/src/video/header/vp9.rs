//! VP9 uncompressed frame header.
//!
//! Source: VP9 Bitstream & Decoding Process Specification 0.7, section 6.2 and annex B.

use oz_core::{Error, Result};

use super::bits::Bits;
use crate::video::color::{ColorHint, Matrix, Range};

/// Values that a frame header sets; most inter frames set none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Header {
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) color: Option<ColorHint>,
}

/// Frames in a packet: one, or those listed in the index of a superframe.
pub(crate) fn frames(packet: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut sizes = index(packet).unwrap_or_default().into_iter();
    let mut whole = sizes.len() == 0;
    let mut rest = packet;

    std::iter::from_fn(move || {
        if std::mem::take(&mut whole) {
            return Some(rest);
        }
        let (frame, after) = rest.split_at_checked(sizes.next()?)?;
        rest = after;
        Some(frame)
    })
}

/// Frame sizes in bytes from the index at the end of a superframe; `None` for a single frame.
fn index(packet: &[u8]) -> Option<Vec<usize>> {
    let &marker = packet.last()?;
    if marker & 0xE0 != 0xC0 {
        return None;
    }

    let (width, count) = (usize::from(marker >> 3 & 3) + 1, usize::from(marker & 7) + 1);
    let index = packet.get(packet.len().checked_sub(2 + width * count)?..packet.len() - 1)?;
    let (&first, sizes) = index.split_first()?;
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
    (first == marker).then(|| sizes.chunks_exact(width).map(number).collect())
}

/// Parses the header of one frame.
pub(crate) fn parse(frame: &[u8]) -> Result<Header> {
    let mut bits = Bits::new(frame);
    if bits.number(2)? != 2 {
        return Err(Error::corrupt("VP9: the frame marker is missing"));
    }
    let profile = bits.number(1)? | bits.number(1)? << 1;
    if profile == 3 {
        bits.skip(1)?;
    }
    let show_existing = bits.flag()?;
    if show_existing {
        return Ok(Header::default());
    }

    let inter = bits.flag()?;
    let shown = bits.flag()?;
    let resilient = bits.flag()?;
    if !inter {
        sync(&mut bits)?;
        let color = color(&mut bits, profile)?;
        return Ok(Header { size: Some(size(&mut bits)?), color: Some(color) });
    }

    let intra_only = !shown && bits.flag()?;
    if !resilient {
        bits.skip(2)?;
    }
    if intra_only {
        sync(&mut bits)?;
        let color = if profile > 0 { Some(color(&mut bits, profile)?) } else { None };
        bits.skip(8)?;
        return Ok(Header { size: Some(size(&mut bits)?), color });
    }

    Ok(Header { size: inter_size(&mut bits)?, color: None })
}

/// Size of an inter frame; `None` when it is taken from a reference frame.
fn inter_size(bits: &mut Bits<'_>) -> Result<Option<(u32, u32)>> {
    // Refreshed slots, then three references with their sign.
    bits.skip(8 + 3 * 4)?;
    for _ in 0..3 {
        let from_reference = bits.flag()?;
        if from_reference {
            return Ok(None);
        }
    }
    size(bits).map(Some)
}

fn sync(bits: &mut Bits<'_>) -> Result<()> {
    if bits.number(24)? == 0x49_8342 { Ok(()) } else { Err(Error::corrupt("VP9: the sync code is missing")) }
}

fn size(bits: &mut Bits<'_>) -> Result<(u32, u32)> {
    Ok((bits.number(16)? + 1, bits.number(16)? + 1))
}

fn color(bits: &mut Bits<'_>, profile: u32) -> Result<ColorHint> {
    if profile >= 2 {
        bits.skip(1)?;
    }
    let subsampling_present = profile & 1 == 1;
    let matrix = match bits.number(3)? {
        1 | 3 => Some(Matrix::Bt601),
        2 => Some(Matrix::Bt709),
        4 => Some(Matrix::Smpte240),
        5 => Some(Matrix::Bt2020),
        RGB => {
            bits.skip(usize::from(subsampling_present))?;
            return Ok(ColorHint { matrix: Some(Matrix::Identity), range: Some(Range::Full) });
        }
        _ => None,
    };
    let range = if bits.flag()? { Range::Full } else { Range::Limited };
    bits.skip(if subsampling_present { 3 } else { 0 })?;
    Ok(ColorHint { matrix, range: Some(range) })
}

const RGB: u32 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_read_from_a_key_frame() {
        // Marker 10, profile 00, show existing 0, key 0, shown 1, resilient 0; sync; BT.601 001, limited 0;
        // 352 x 288.
        let frame = [0x82, 0x49, 0x83, 0x42, 0x20, 0x15, 0xF0, 0x11, 0xF0];
        let header = parse(&frame).unwrap();
        assert_eq!(header.size, Some((352, 288)));
        assert_eq!(
            header.color,
            Some(ColorHint { matrix: Some(Matrix::Bt601), range: Some(Range::Limited) })
        );
    }

    #[test]
    fn superframe_is_split_into_frames() {
        let packet = [1, 2, 3, 0xC1, 2, 1, 0xC1];
        assert_eq!(frames(&packet).collect::<Vec<_>>(), [&[1, 2][..], &[3]]);
        assert_eq!(frames(&[9, 9]).collect::<Vec<_>>(), [[9, 9]]);
    }
}
