//! Kernels for x86-64. With AVX-512, four rows at a time share the loads of the probe.

use std::arch::x86_64::*;

use super::{LINE, Line};

/// Number of 16-bit codes in an AVX2 register.
const HALF: usize = 16;

/// # Safety
/// The processor must have AVX-512 F and VNNI; `rows` must hold `sums.len()` rows of `probe.len()` lines.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn avx512_vnni(rows: &[Line], probe: &[[i8; LINE]], sums: &mut [i32]) {
    let width = probe.len();
    // SAFETY: every pointer passed below is to a whole line of 64 bytes.
    let load = |line: *const u8| unsafe { _mm512_loadu_si512(line.cast()) };
    let (fours, rest) = sums.as_chunks_mut::<4>();
    let (in_fours, in_rest) = rows.split_at(fours.len() * 4 * width);

    for (sums, rows) in fours.iter_mut().zip(in_fours.chunks_exact((4 * width).max(1))) {
        let mut sum = [_mm512_setzero_si512(); 4];
        for (at, probe) in probe.iter().enumerate() {
            let probe = load(probe.as_ptr().cast());
            for row in 0..4 {
                sum[row] = _mm512_dpbusd_epi32(sum[row], load(rows[row * width + at].0.as_ptr()), probe);
            }
        }
        *sums = sum.map(|sum| _mm512_reduce_add_epi32(sum));
    }

    for (total, row) in rest.iter_mut().zip(in_rest.chunks_exact(width.max(1))) {
        let mut sum = _mm512_setzero_si512();
        for (line, probe) in row.iter().zip(probe) {
            sum = _mm512_dpbusd_epi32(sum, load(line.0.as_ptr()), load(probe.as_ptr().cast()));
        }
        *total = _mm512_reduce_add_epi32(sum);
    }
}

/// # Safety
/// The processor must have AVX2; `rows` must hold `sums.len()` rows of `probe.len()` lines.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2(rows: &[Line], probe: &[[i8; LINE]], sums: &mut [i32]) {
    // Pairs of products overflow the 16 bits into which AVX2 multiplies bytes, so codes are widened to 16
    // bits first.
    let (parts, _) = probe.as_flattened().as_chunks::<HALF>();
    // SAFETY: every pointer passed below is to a part of at least 16 bytes.
    let load = |part: *const u8| unsafe { _mm_loadu_si128(part.cast()) };
    let wide: Vec<__m256i> =
        parts.iter().map(|part| _mm256_cvtepi8_epi16(load(part.as_ptr().cast()))).collect();

    for (total, row) in sums.iter_mut().zip(rows.chunks_exact(probe.len().max(1))) {
        let mut sum = [_mm256_setzero_si256(); 4];
        for (line, probe) in row.iter().zip(wide.chunks_exact(LINE / HALF)) {
            for part in 0..LINE / HALF {
                let codes = _mm256_cvtepu8_epi16(load(line.0[part * HALF..].as_ptr()));
                sum[part] = _mm256_add_epi32(sum[part], _mm256_madd_epi16(codes, probe[part]));
            }
        }

        let sum = _mm256_add_epi32(_mm256_add_epi32(sum[0], sum[1]), _mm256_add_epi32(sum[2], sum[3]));
        let sum = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
        let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b01_00_11_10>(sum));
        *total = _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32::<0b10_11_00_01>(sum)));
    }
}
