//! VP9 uncompressed frame header. Source: VP9 Bitstream & Decoding Process Specification 0.7, section 6.2 and annex B.

use oz_core::{Error, Result};

use super::bits::Bits;
use crate::video::color::{ColorHint, Matrix, Range};

/// What a frame header says anew; an inter frame mostly says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Header {
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) color: Option<ColorHint>,
}

/// The frames in a packet: one, or those that the index of a superframe lists.
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

/// Sizes of the frames in a superframe, after the index at its end.
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

/// Reads the header of one frame.
pub(crate) fn parse(frame: &[u8]) -> Result<Header> {
    let mut bits = Bits::new(frame);
    if bits.number(2)? != 2 {
        return Err(Error::corrupt("no VP9 frame marker"));
    }
    let profile = bits.number(1)? | bits.number(1)? << 1;
    if profile == 3 {
        bits.skip(1)?;
    }
    if bits.flag()? {
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
    // Which slots are refreshed, three references with their sign.
    bits.skip(8 + 3 * 4)?;
    for _ in 0..3 {
        if bits.flag()? {
            return Ok(Header::default());
        }
    }
    Ok(Header { size: Some(size(&mut bits)?), color: None })
}

fn sync(bits: &mut Bits<'_>) -> Result<()> {
    if bits.number(24)? == 0x49_8342 { Ok(()) } else { Err(Error::corrupt("no VP9 sync code")) }
}

fn size(bits: &mut Bits<'_>) -> Result<(u32, u32)> {
    Ok((bits.number(16)? + 1, bits.number(16)? + 1))
}

fn color(bits: &mut Bits<'_>, profile: u32) -> Result<ColorHint> {
    if profile >= 2 {
        bits.skip(1)?;
    }
    let subsampling_told = profile & 1 == 1;
    let matrix = match bits.number(3)? {
        1 | 3 => Some(Matrix::Bt601),
        2 => Some(Matrix::Bt709),
        4 => Some(Matrix::Smpte240),
        5 => Some(Matrix::Bt2020),
        RGB => {
            bits.skip(usize::from(subsampling_told))?;
            return Ok(ColorHint { matrix: Some(Matrix::Identity), range: Some(Range::Full) });
        }
        _ => None,
    };
    let range = if bits.flag()? { Range::Full } else { Range::Limited };
    bits.skip(if subsampling_told { 3 } else { 0 })?;
    Ok(ColorHint { matrix, range: Some(range) })
}

const RGB: u32 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_tells_its_size() {
        // marker 10, profile 00, not shown again 0, key 0, shown 1, resilient 0; sync; BT.601 001, limited 0; 352 x 288
        let frame = [0x82, 0x49, 0x83, 0x42, 0x20, 0x15, 0xF0, 0x11, 0xF0];
        let header = parse(&frame).unwrap();
        assert_eq!(header.size, Some((352, 288)));
        assert_eq!(
            header.color,
            Some(ColorHint { matrix: Some(Matrix::Bt601), range: Some(Range::Limited) })
        );
    }

    #[test]
    fn a_superframe_is_taken_apart() {
        let packet = [1, 2, 3, 0xC1, 2, 1, 0xC1];
        assert_eq!(frames(&packet).collect::<Vec<_>>(), [&[1, 2][..], &[3]]);
        assert_eq!(frames(&[9, 9]).collect::<Vec<_>>(), [[9, 9]]);
    }
}
