//! HEVC sequence parameter set. Source: ITU-T H.265 (V10), sections 7.3.2.2, 7.3.3, 7.3.4, 7.3.7 and E.2.1.

use oz_core::{Error, Result};

use super::bits::Bits;
use crate::video::color::{ColorHint, Matrix, Range};

/// Fields of a sequence parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Coded width and height before cropping, in pixels.
    pub(crate) size: (u32, u32),
    /// `chroma_format_idc`: 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub(crate) chroma_format: u32,
    /// Bits per sample, the larger of luma and chroma.
    pub(crate) depth: u32,
    pub(crate) color: ColorHint,
}

/// Parses `rbsp`, the parameter set without NAL unit header and emulation prevention bytes.
///
/// Damage after the bit depth only loses the colour description.
pub(crate) fn parse(rbsp: &[u8]) -> Result<Sequence> {
    let mut bits = Bits::new(rbsp);
    bits.skip(4)?;
    let layers = bits.number(3)?;
    bits.skip(1)?;
    profile_tier_level(&mut bits, layers)?;

    bits.golomb_to(15)?;
    let chroma_format = bits.golomb_to(3)?;
    if chroma_format == 3 {
        bits.skip(1)?;
    }

    let size = (bits.golomb_to(SIDE)?, bits.golomb_to(SIDE)?);
    if bits.flag()? {
        for _ in 0..4 {
            bits.golomb()?;
        }
    }

    let depth = 8 + bits.golomb_to(8)?.max(bits.golomb_to(8)?);
    let color = color(&mut bits, layers).unwrap_or_default();
    Ok(Sequence { size, chroma_format, depth, color })
}

/// Maximum side in pixels, above that of any level; the caller checks the configured limits.
const SIDE: u32 = 1 << 20;

fn profile_tier_level(bits: &mut Bits<'_>, layers: u32) -> Result<()> {
    bits.skip(PROFILE + LEVEL)?;
    let mut present = [(false, false); 8];
    for layer in present.iter_mut().take(layers as usize) {
        *layer = (bits.flag()?, bits.flag()?);
    }
    if layers > 0 {
        bits.skip(2 * (8 - layers as usize))?;
    }
    for (profile, level) in present {
        bits.skip(if profile { PROFILE } else { 0 } + if level { LEVEL } else { 0 })?;
    }
    Ok(())
}

/// Bits of a profile and of a level.
const PROFILE: usize = 88;
const LEVEL: usize = 8;

/// Skips from the bit depth to the colour description, which is near the end, and reads it.
fn color(bits: &mut Bits<'_>, layers: u32) -> Result<ColorHint> {
    let order_bits = bits.golomb_to(12)? + 4;
    let for_each_layer = bits.flag()?;
    for _ in 0..if for_each_layer { layers + 1 } else { 1 } {
        skip_golomb(bits, 3)?;
    }
    skip_golomb(bits, 6)?;

    if bits.flag()? && bits.flag()? {
        scaling_lists(bits)?;
    }
    bits.skip(2)?;
    if bits.flag()? {
        bits.skip(8)?;
        skip_golomb(bits, 2)?;
        bits.skip(1)?;
    }

    reference_sets(bits)?;
    if bits.flag()? {
        for _ in 0..bits.golomb_to(32)? {
            bits.skip(order_bits as usize + 1)?;
        }
    }

    bits.skip(2)?;
    if bits.flag()? { usability(bits) } else { Ok(ColorHint::default()) }
}

/// Skips the scaling list data.
fn scaling_lists(bits: &mut Bits<'_>) -> Result<()> {
    for size in 0..4_u32 {
        for _ in (0..6).step_by(if size == 3 { 3 } else { 1 }) {
            if bits.flag()? {
                let coefficients = 64.min(1 << (4 + 2 * size)) + u32::from(size > 1);
                skip_golomb(bits, coefficients)?;
            } else {
                bits.golomb()?;
            }
        }
    }
    Ok(())
}

/// Skips the short-term reference picture sets.
fn reference_sets(bits: &mut Bits<'_>) -> Result<()> {
    let mut pictures = 0;
    for set in 0..bits.golomb_to(64)? {
        pictures = if set > 0 && bits.flag()? {
            bits.skip(1)?;
            bits.golomb()?;
            let mut kept = 0;
            for _ in 0..=pictures {
                let used = bits.flag()?;
                kept += u32::from(used || bits.flag()?);
            }
            kept
        } else {
            let listed = bits.golomb_to(16)? + bits.golomb_to(16)?;
            for _ in 0..listed {
                bits.golomb()?;
                bits.skip(1)?;
            }
            listed
        };

        if pictures > 32 {
            return Err(Error::corrupt("HEVC: too many reference pictures"));
        }
    }
    Ok(())
}

/// Reads the video usability information (VUI) up to the colour description.
fn usability(bits: &mut Bits<'_>) -> Result<ColorHint> {
    if bits.flag()? && bits.number(8)? == 255 {
        bits.skip(32)?;
    }
    if bits.flag()? {
        bits.skip(1)?;
    }
    if !bits.flag()? {
        return Ok(ColorHint::default());
    }

    bits.skip(3)?;
    let range = Some(if bits.flag()? { Range::Full } else { Range::Limited });
    let matrix = if bits.flag()? {
        bits.skip(16)?;
        Matrix::from_code(bits.number(8)?)
    } else {
        None
    };
    Ok(ColorHint { matrix, range })
}

fn skip_golomb(bits: &mut Bits<'_>, count: u32) -> Result<()> {
    for _ in 0..count {
        bits.golomb()?;
    }
    Ok(())
}
