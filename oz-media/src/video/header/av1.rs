//! AV1 sequence header. Source: AV1 Bitstream & Decoding Process Specification, sections 5.3 to 5.5.

use oz_core::{Error, Result};

use super::bits::Bits;

const SEQUENCE_HEADER: u8 = 1;

/// Largest size announced by the sequence headers in `unit`, a series of open bitstream units (OBUs).
pub(crate) fn size(unit: &[u8]) -> Result<Option<(u32, u32)>> {
    let mut rest = unit;
    let mut largest: Option<(u32, u32)> = None;
    while let Some((&header, after)) = rest.split_first() {
        let mut body = after.get(usize::from(header >> 2 & 1)..).unwrap_or_default();
        rest = &[];
        if header & 0x02 != 0 {
            let (length, taken) = leb128(body)?;
            (body, rest) = body[taken..].split_at_checked(length).unwrap_or((&body[taken..], &[]));
        }

        if header >> 3 & 0x0F == SEQUENCE_HEADER {
            let (width, height) = sequence(body)?;
            let (w, h) = largest.unwrap_or_default();
            largest = Some((w.max(width), h.max(height)));
        }
    }
    Ok(largest)
}

/// Little-endian base-128 integer and its length in bytes.
fn leb128(bytes: &[u8]) -> Result<(usize, usize)> {
    let mut value = 0_u64;
    for (at, &byte) in bytes.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((usize::try_from(value).unwrap_or(usize::MAX), at + 1));
        }
    }
    Err(Error::corrupt("AV1: the length of a unit has more than eight bytes"))
}

/// Size from a sequence header. Source: section 5.5.1.
fn sequence(body: &[u8]) -> Result<(u32, u32)> {
    let mut bits = Bits::new(body);
    bits.skip(4)?;
    if bits.flag()? {
        bits.skip(5)?;
    } else {
        operating_points(&mut bits)?;
    }
    let (width_bits, height_bits) = (bits.number(4)? + 1, bits.number(4)? + 1);
    Ok((bits.number(width_bits)? + 1, bits.number(height_bits)? + 1))
}

/// Skips timing information and operating points.
fn operating_points(bits: &mut Bits<'_>) -> Result<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.skip(64)?;
        if bits.flag()? {
            bits.golomb()?;
        }
        if bits.flag()? {
            delay_bits = Some(bits.number(5)? as usize + 1);
            bits.skip(32 + 5 + 5)?;
        }
    }

    let display_delay_present = bits.flag()?;
    for _ in 0..=bits.number(5)? {
        bits.skip(12)?;
        let level = bits.number(5)?;
        bits.skip(usize::from(level > 7))?;
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.skip(2 * delay_bits + 1)?;
        }
        if display_delay_present && bits.flag()? {
            bits.skip(4)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_read_from_a_reduced_still_picture_header() {
        // profile 000, still 1, reduced 1, level 00000; sides of six bits: 0101 0101; 63 and 47
        let unit = [0x0A, 0x04, 0b0001_1000, 0b0001_0101, 0b0111_1111, 0b1011_1100];
        assert_eq!(size(&unit).unwrap(), Some((64, 48)));
        assert!(size(&unit[..4]).is_err());
    }

    #[test]
    fn unit_without_a_sequence_header_has_no_size() {
        assert_eq!(size(&[0x12, 0x00]).unwrap(), None);
        assert!(size(&[0x0A, 0xFF, 0xFF]).is_err());
    }
}
