//! Sharpness, measured by the loss of detail under additional blur.

use super::chip::{Chip, SIDE};
use super::{Measure, response};

/// Share of the gradient energy that a 3 x 3 mean removes. A blurred image loses little; gain and offset of
/// the image cancel out.
///
/// Source: after Crete et al. 2007, The blur effect, doi:10.1117/12.702790, with energies instead of
/// magnitudes.
pub(super) fn measure(chip: &Chip) -> Measure {
    let blurred = mean_3x3(&chip.luma);
    let (mut sharp_energy, mut blurred_energy) = (0u64, 0u64);
    for row in 2..SIDE - 2 {
        let (start, end) = chip.spans[row];
        for column in start.max(2)..end.min(SIDE - 2) {
            let at = row * SIDE + column;
            // `blurred` holds sums over nine pixels, so the luma is scaled by 9 and its energy by 81.
            sharp_energy += 81 * energy(&chip.luma, at);
            blurred_energy += energy(&blurred, at);
        }
    }

    // A uniform surface has no gradient and no detail.
    let raw = if sharp_energy == 0 { 0.0 } else { 1.0 - blurred_energy as f32 / sharp_energy as f32 };
    Measure { raw, value: response::SHARPNESS.value(raw) }
}

/// Squared magnitude of the gradient, by central differences.
#[inline]
fn energy<T: Copy + Into<i32>>(plane: &[T], at: usize) -> u64 {
    let difference = |a: usize, b: usize| plane[a].into() - plane[b].into();
    let (dx, dy) = (difference(at + 1, at - 1), difference(at + SIDE, at - SIDE));
    u64::from((dx * dx + dy * dy).unsigned_abs())
}

/// Sum over the 3 x 3 neighbourhood of each pixel; zero at the border.
fn mean_3x3(luma: &[u8]) -> Vec<u16> {
    let mut sums = vec![0u16; luma.len()];
    let column = |at: usize| u16::from(luma[at - SIDE]) + u16::from(luma[at]) + u16::from(luma[at + SIDE]);
    for row in 1..SIDE - 1 {
        let start = row * SIDE + 1;
        for (at, sum) in sums[start..start + SIDE - 2].iter_mut().enumerate() {
            *sum = column(start + at - 1) + column(start + at) + column(start + at + 1);
        }
    }
    sums
}
