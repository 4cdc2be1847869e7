//! Illumination of the face.

use super::chip::Chip;
use super::{Measure, response};

/// Highest luma of a dark pixel.
///
/// Source: ISO/IEC 29794-5, under-exposure prevention.
const DARK: u8 = 25;
/// Lowest luma of a bright pixel.
///
/// Source: ISO/IEC 29794-5, over-exposure prevention.
const BRIGHT: u8 = 247;

pub(super) fn dark_share(chip: &Chip) -> Measure {
    let raw = share(chip, |luma| luma <= DARK);
    Measure { raw, value: response::DARK.value(raw) }
}

pub(super) fn bright_share(chip: &Chip) -> Measure {
    let raw = share(chip, |luma| luma >= BRIGHT);
    Measure { raw, value: response::BRIGHT.value(raw) }
}

/// Share of the pixels of the face whose luma satisfies a predicate.
fn share(chip: &Chip, predicate: impl Fn(u8) -> bool) -> f32 {
    let total: usize = chip.rows().map(<[u8]>::len).sum();
    let matching: usize = chip.rows().map(|row| row.iter().filter(|luma| predicate(**luma)).count()).sum();
    matching as f32 / total.max(1) as f32
}

/// Luma values per bin of a histogram.
const BIN: usize = 16;
/// Number of bins: one more than divide the range, because the outermost bins are centred on its ends.
const BINS: usize = 256 / BIN + 1;

/// Overlap of the luma histograms of both halves of the face.
pub(super) fn symmetry(chip: &Chip) -> Measure {
    let (mut right, mut left) = ([0; BINS], [0; BINS]);
    for ((row, &middle), &(start, _)) in chip.rows().zip(&chip.middle).zip(&chip.spans) {
        let (right_half, left_half) = row.split_at(middle.saturating_sub(start).min(row.len()));
        count(&mut right, right_half);
        count(&mut left, left_half);
    }

    let raw = normalised(&right).iter().zip(normalised(&left)).map(|(r, l)| r.min(l)).sum();
    Measure { raw, value: response::ILLUMINATION.value(raw) }
}

fn normalised(histogram: &[u32; BINS]) -> [f32; BINS] {
    let sum = histogram.iter().sum::<u32>().max(1) as f32;
    histogram.map(|bin| bin as f32 / sum)
}

/// Adds a row to a histogram. A value between two bin centres is split between both bins by distance.
fn count(histogram: &mut [u32; BINS], row: &[u8]) {
    for luma in row {
        let (bin, share) = (usize::from(*luma) / BIN, usize::from(*luma) % BIN);
        histogram[bin] += (BIN - share) as u32;
        histogram[bin + 1] += share as u32;
    }
}
