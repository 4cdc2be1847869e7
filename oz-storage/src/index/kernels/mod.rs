//! Inner loop of a search: dot products of codes.
//!
//! Invariants: `unsafe` code is confined to this folder; every safe function checks the lengths of its
//! slices; sums of products are integers and equal on every instruction set.

#![expect(unsafe_code, reason = "vector instructions; the only unsafe code of the crate")]

#[cfg(target_arch = "x86_64")]
mod x86;

/// 64 stored codes, aligned to a cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u8; LINE]);

/// Number of codes in a [`Line`].
pub(super) const LINE: usize = 64;
/// Largest number of codes in a row whose sum of products fits 32 bits: 255 · 127 · `WIDEST` < 2³¹.
pub(super) const WIDEST: usize = 1 << 16;

/// Instruction set of this processor. Only [`Isa::all`] constructs one, so a value proves that its
/// instructions are available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Isa(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
}

impl Isa {
    /// Fastest instruction set of this processor.
    pub(super) fn detect() -> Self {
        Self::all().pop().unwrap_or(Self(Kind::Portable))
    }

    /// All instruction sets of this processor, the slowest first.
    fn all() -> Vec<Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "only x86-64 has further sets"))]
        let mut found = vec![Self(Kind::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                found.push(Self(Kind::Avx2));
            }
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
                found.push(Self(Kind::Avx512Vnni));
            }
        }
        found
    }
}

/// Writes the dot product of every row with the probe to `sums`.
///
/// # Panics
/// When `rows` does not hold `sums.len()` rows of the probe's length, or the probe is longer than [`WIDEST`].
pub(super) fn dot(isa: Isa, rows: &[Line], probe: &[[i8; LINE]], sums: &mut [i32]) {
    assert!(
        rows.len() == probe.len() * sums.len() && probe.len() * LINE <= WIDEST,
        "lengths of codes do not match"
    );
    match isa.0 {
        Kind::Portable => portable(rows, probe, sums),
        // SAFETY: an `Isa` exists only if the processor has its instructions; the lengths were checked above.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { x86::avx2(rows, probe, sums) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512Vnni => unsafe { x86::avx512_vnni(rows, probe, sums) },
    }
}

fn portable(rows: &[Line], probe: &[[i8; LINE]], sums: &mut [i32]) {
    for (row, sum) in rows.chunks_exact(probe.len().max(1)).zip(sums) {
        let lines = row.iter().zip(probe).map(|(line, probe)| {
            line.0.iter().zip(probe).map(|(code, probe)| i32::from(*code) * i32::from(*probe)).sum::<i32>()
        });
        *sum = lines.sum();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_equal_on_every_instruction_set(
            lines in 1usize..10,
            rows in 0usize..11,
            bytes in prop::collection::vec(any::<u8>(), 64 * 10 * 12),
            extreme: bool,
        ) {
            let byte = |at: usize| if extreme { if bytes[at] < 128 { 0 } else { 255 } } else { bytes[at] };
            let line = |from: usize| std::array::from_fn(|at| byte(from + at));
            let stored: Vec<Line> = (0..rows * lines).map(|at| Line(line(64 * at))).collect();
            let probe: Vec<[i8; LINE]> = (0..lines)
                .map(|at| line(64 * (11 * 10 + at)).map(|byte| ((i32::from(byte) - 128).max(-127)) as i8))
                .collect();
            let expected: Vec<i32> = stored
                .chunks(lines)
                .map(|row| {
                    let pairs = row.iter().flat_map(|line| line.0).zip(probe.iter().flatten());
                    pairs.map(|(code, probe)| i32::from(code) * i32::from(*probe)).sum()
                })
                .collect();
            for isa in Isa::all() {
                let mut sums = vec![0; rows];
                dot(isa, &stored, &probe, &mut sums);
                prop_assert_eq!(&sums, &expected, "{:?}", isa);
            }
        }
    }

    #[test]
    fn widest_rows_do_not_overflow() {
        let lines = WIDEST / LINE;
        for isa in Isa::all() {
            let mut sums = [0];
            dot(isa, &vec![Line([255; LINE]); lines], &vec![[127; LINE]; lines], &mut sums);
            assert_eq!(sums, [255 * 127 * WIDEST as i32], "{isa:?}");
        }
    }

    #[test]
    #[should_panic(expected = "lengths of codes do not match")]
    fn rows_of_another_length_panic() {
        dot(Isa::detect(), &[Line([0; LINE]); 3], &[[0; LINE]; 2], &mut [0; 2]);
    }
}
