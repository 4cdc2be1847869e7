//! Texture layer: periodic patterns on the face, such as the pixel grid of a screen, moiré between screen and
//! camera, or the halftone dots of print.
//!
//! The spectrum of skin falls off smoothly in all directions; a grid puts its energy into a few narrow peaks.
//! The layer measures the strongest peak in the spectrum of the face relative to the median power at the same
//! frequency.

use super::Presentation;
use crate::face::FaceSample;
use crate::face::pad::{PadEvidence, PadLayer};

/// Side of the transformed square in pixels of the original frame: shrinking would hide the grid.
const SIDE: usize = 128;
/// Lowest frequency of texture in periods per square; below it are shape and light.
const LOWEST: usize = 10;
/// Ratio of peak to median power, as a power of ten, from which suspicion rises from 0 to 1. 192 photos of
/// live faces from webcams and phones reach at most 2.4, a pixel grid that the camera resolves reaches 5.
const SUSPICIOUS: f32 = 2.6;
const CERTAIN: f32 = 3.4;

/// Judges the median periodicity of the sampled frames: a screen or print shows its pattern all the time.
pub(super) fn judge(presentation: &Presentation<'_>) -> PadEvidence {
    let mut peaks: Vec<f32> =
        presentation.recording.subjects().filter_map(|(frame, _)| frame.periodicity).collect();
    if peaks.is_empty() {
        let reason = "the face is too small to show patterns of screens or print";
        return PadEvidence::undecided(PadLayer::Texture, reason);
    }

    peaks.sort_by(f32::total_cmp);
    let peak = peaks[peaks.len() / 2];
    let suspicion = ((peak - SUSPICIOUS) / (CERTAIN - SUSPICIOUS)).clamp(0.0, 1.0);

    let (confidence, reason) = if suspicion == 0.0 {
        (0.5, format!("no periodic pattern (peak {peak:.1})"))
    } else {
        (0.6, format!("a periodic pattern like that of a screen or print (peak {peak:.1})"))
    };
    PadEvidence::new(PadLayer::Texture, PadEvidence::NEUTRAL - 0.35 * suspicion, confidence, reason)
}

/// Strength of the strongest periodic pattern on a face: the ratio of its peak power to the median power at
/// the same frequency, as a power of ten, at least 0. `None` when a square of 128 pixels round the middle of
/// the face is larger than the face or leaves the image.
#[must_use]
pub fn periodicity(sample: FaceSample<'_>) -> Option<f32> {
    let grey = face_square(sample)?;
    Some(strongest_peak(&power_spectrum(&grey)))
}

/// Brightness in the square round the middle of the face, mean removed, Hann window applied.
fn face_square(sample: FaceSample<'_>) -> Option<Vec<f32>> {
    let mesh_box = sample.face.mesh.bounding_box();
    let center = mesh_box.center();
    let (left, top) = (center.x - SIDE as f32 / 2.0, center.y - SIDE as f32 / 2.0);
    let image = sample.image;

    let inside = left >= 0.0
        && top >= 0.0
        && left as usize + SIDE <= image.width() as usize
        && top as usize + SIDE <= image.height() as usize;
    if !inside || mesh_box.width < SIDE as f32 || mesh_box.height < SIDE as f32 {
        return None;
    }

    let mut square: Vec<f32> = (0..SIDE * SIDE)
        .map(|index| (left as usize + index % SIDE, top as usize + index / SIDE))
        .map(|(x, y)| {
            let [r, g, b] = image.pixel(x as u32, y as u32);
            0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
        })
        .collect();

    let mean = square.iter().sum::<f32>() / square.len() as f32;
    let window: Vec<f32> =
        (0..SIDE).map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / SIDE as f32).cos()).collect();
    for (index, value) in square.iter_mut().enumerate() {
        *value = (*value - mean) * window[index % SIDE] * window[index / SIDE];
    }
    Some(square)
}

/// Squared magnitudes of the two-dimensional Fourier transform, `[SIDE, SIDE]` row-major, frequency zero
/// first.
fn power_spectrum(square: &[f32]) -> Vec<f32> {
    let twiddles: Vec<(f32, f32)> = (0..SIDE / 2)
        .map(|k| (std::f32::consts::TAU * k as f32 / SIDE as f32).sin_cos())
        .map(|(sin, cos)| (cos, -sin))
        .collect();

    let mut grid: Vec<(f32, f32)> = square.iter().map(|&value| (value, 0.0)).collect();
    grid.chunks_exact_mut(SIDE).for_each(|row| transform(row, &twiddles));

    for column in 0..SIDE {
        let mut line: Vec<_> = (0..SIDE).map(|row| grid[row * SIDE + column]).collect();
        transform(&mut line, &twiddles);
        line.into_iter().enumerate().for_each(|(row, value)| grid[row * SIDE + column] = value);
    }

    grid.into_iter().map(|(re, im)| re * re + im * im).collect()
}

/// In-place radix-2 fast Fourier transform of `SIDE` complex numbers (Cooley and Tukey 1965).
fn transform(line: &mut [(f32, f32)], twiddles: &[(f32, f32)]) {
    let bits = SIDE.trailing_zeros();
    for index in 0..SIDE {
        let mirrored = index.reverse_bits() >> (usize::BITS - bits);
        if index < mirrored {
            line.swap(index, mirrored);
        }
    }

    let mut half = 1;
    while half < SIDE {
        for block in line.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let (cos, sin) = twiddles[k * (SIDE / 2) / half];
                let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        half *= 2;
    }
}

/// Largest ratio of a power to the median of its ring of equal frequency, as a power of ten, among the
/// frequencies of texture.
fn strongest_peak(power: &[f32]) -> f32 {
    let signed = |index: usize| if index > SIDE / 2 { index as f32 - SIDE as f32 } else { index as f32 };
    let mut rings: Vec<Vec<f32>> = vec![Vec::new(); SIDE / 2 + 1];

    // Half of the spectrum is enough, as that of real input is symmetric. The axes are skipped: they hold the
    // edges of the square and the blocks of JPEG.
    for row in 1..SIDE {
        for column in 1..=SIDE / 2 {
            let (u, v) = (signed(column), signed(row));
            let ring = u.hypot(v) as usize;
            let on_axis = u.abs() < 2.0 || v.abs() < 2.0;
            if (LOWEST..=SIDE / 2).contains(&ring) && !on_axis {
                rings[ring].push(power[row * SIDE + column]);
            }
        }
    }

    rings
        .iter_mut()
        .map(|ring| {
            ring.sort_by(f32::total_cmp);
            let median = ring.get(ring.len() / 2).copied().unwrap_or(0.0);
            let top = ring.last().copied().unwrap_or(0.0);
            if median > 0.0 { (top / median).log10() } else { 0.0 }
        })
        .fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(index: usize) -> f32 {
        let mut hash = (index as u32).wrapping_mul(2_654_435_761);
        hash = (hash ^ (hash >> 15)).wrapping_mul(2_246_822_519);
        (hash ^ (hash >> 13)) as f32 / u32::MAX as f32 - 0.5
    }

    fn peak(pattern: impl Fn(usize, usize) -> f32) -> f32 {
        let square: Vec<f32> =
            (0..SIDE * SIDE).map(|i| pattern(i % SIDE, i / SIDE) + 8.0 * noise(i)).collect();
        strongest_peak(&power_spectrum(&square))
    }

    #[test]
    fn transform_finds_a_single_frequency() {
        let wave: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| (std::f32::consts::TAU * (i % SIDE) as f32 * 5.0 / SIDE as f32).cos())
            .collect();
        let power = power_spectrum(&wave);
        let largest = power.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert!(largest == 5 || largest == SIDE - 5, "{largest}");
    }

    #[test]
    fn grid_stands_out_from_noise() {
        let plain = peak(|_, _| 0.0);
        let grid = peak(|x, y| 4.0 * ((x as f32 * 1.7).sin() * (y as f32 * 1.3).sin()));
        assert!(plain < SUSPICIOUS, "{plain}");
        assert!(grid > plain + 0.5, "{grid} against {plain}");
    }
}
