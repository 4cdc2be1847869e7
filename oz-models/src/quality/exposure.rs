//! Light on the face.

use super::chip::Chip;
use super::{Measure, scale};

/// Luma up to which a pixel is dark and from which it is bright.
///
/// Source: ISO/IEC 29794-5, under- and over-exposure prevention.
const DARK: u8 = 25;
const BRIGHT: u8 = 247;

pub(super) fn dark_share(chip: &Chip) -> Measure {
    let raw = share(chip, |luma| luma <= DARK);
    Measure { raw, value: scale::DARK.value(raw) }
}

pub(super) fn bright_share(chip: &Chip) -> Measure {
    let raw = share(chip, |luma| luma >= BRIGHT);
    Measure { raw, value: scale::BRIGHT.value(raw) }
}

fn share(chip: &Chip, counts: impl Fn(u8) -> bool) -> f32 {
    let all: usize = chip.rows().map(<[u8]>::len).sum();
    let some: usize = chip.rows().map(|row| row.iter().filter(|luma| counts(**luma)).count()).sum();
    some as f32 / all.max(1) as f32
}

/// Values of luma in one bin of a histogram.
const BIN: usize = 16;
/// One more than fit, as the middles of the outermost bins lie on the ends of the range.
const BINS: usize = 256 / BIN + 1;

/// Overlap of the histograms of both halves of the face.
pub(super) fn symmetry(chip: &Chip) -> Measure {
    let (mut right, mut left) = ([0; BINS], [0; BINS]);
    for ((row, &middle), &(start, _)) in chip.rows().zip(&chip.middle).zip(&chip.spans) {
        let (right_half, left_half) = row.split_at(middle.saturating_sub(start).min(row.len()));
        count(&mut right, right_half);
        count(&mut left, left_half);
    }
    let share = |histogram: &[u32; BINS]| {
        let sum = histogram.iter().sum::<u32>().max(1) as f32;
        histogram.map(|bin| bin as f32 / sum)
    };
    let raw = share(&right).iter().zip(share(&left)).map(|(r, l)| r.min(l)).sum();
    Measure { raw, value: scale::ILLUMINATION.value(raw) }
}

/// A value between the middles of two bins counts in both by its nearness.
fn count(histogram: &mut [u32; BINS], row: &[u8]) {
    for luma in row {
        let (bin, share) = (usize::from(*luma) / BIN, usize::from(*luma) % BIN);
        histogram[bin] += (BIN - share) as u32;
        histogram[bin + 1] += share as u32;
    }
}
