//! Vectors quantised to 8-bit codes, with upper bounds of the exact similarity.
//!
//! With x = s·q + e, where q are integers within ±127, and likewise p = t·r + d for the probe:
//!
//! ```text
//! ⟨p, x⟩ = t·s·⟨r, q⟩ + ⟨d, s·q⟩ + ⟨p, e⟩  ≤  t·s·⟨r, q⟩ + |d|·|s·q| + |p|·|e|
//! ```
//!
//! The norms are computed once per vector. The bound is the Cauchy–Schwarz inequality alone, so it holds for
//! every vector and is independent of how the codes were rounded.

use super::kernels::{self, Isa, LINE, Line, WIDEST};

/// Added to q before it is stored: VNNI multiplies unsigned by signed bytes.
const BIAS: i32 = 128;
/// Largest absolute value of q.
const LARGEST: f32 = 127.0;
/// Adding and subtracting 1.5 · 2²³ rounds an `f32` to an integer: the sum has no bits left for a fraction.
const ROUND: f32 = 12_582_912.0;
/// Exceeds the rounding error of computing a bound in `f32`: a dozen operations on numbers below 2, 2⁻²⁴
/// each.
const SLACK: f32 = 4e-6;
/// Factor that rounds norms up when they are converted to `f32`.
const UP: f64 = 1.0 + 1e-6;
/// Number of partial sums of a norm: enough to fill vector registers.
const LANES: usize = 8;

/// Parameters of one quantised vector, stored beside its codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quantization {
    /// Step s between two codes.
    step: f32,
    /// Norm of the quantisation error |e|, rounded up.
    error_norm: f32,
    /// Norm of the quantised vector |s·q|, rounded up.
    norm: f32,
}

/// Number of code lines of a vector of this many values.
pub(super) fn lines(dimension: usize) -> usize {
    dimension.div_ceil(LINE)
}

/// Passes the codes q of a vector to `put` by position and returns the parameters of the quantisation.
fn encode(values: &[f32], mut put: impl FnMut(usize, i32)) -> Quantization {
    let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let step = largest / LARGEST;
    let inverse = if step > 0.0 { step.recip() } else { 0.0 };

    let (mut error_squares, mut squares) = ([0.0_f64; LANES], [0.0_f64; LANES]);
    for (index, part) in values.chunks(LANES).enumerate() {
        for (lane, value) in part.iter().enumerate() {
            let code = ((value * inverse).clamp(-LARGEST, LARGEST) + ROUND) - ROUND;
            put(index * LANES + lane, code as i32);
            let quantized = f64::from(step) * f64::from(code);
            let error = f64::from(*value) - quantized;
            error_squares[lane] += error * error;
            squares[lane] += quantized * quantized;
        }
    }

    let norm = |squares: [f64; LANES]| (squares.iter().sum::<f64>().sqrt() * UP) as f32;
    Quantization { step, error_norm: norm(error_squares), norm: norm(squares) }
}

/// Appends the codes of a vector, padded to whole lines.
pub(super) fn append(values: &[f32], codes: &mut Vec<Line>) -> Quantization {
    let start = codes.len();
    codes.resize(start + lines(values.len()), Line([BIAS as u8; LINE]));
    let mut quantization = {
        let lines = &mut codes[start..];
        encode(values, |at, code| lines[at / LINE].0[at % LINE] = (code + BIAS) as u8)
    };
    if values.len() > WIDEST {
        quantization.error_norm = f32::INFINITY;
    }
    quantization
}

/// Quantised probe.
pub(super) struct Probe {
    codes: Vec<[i8; LINE]>,
    quantization: Quantization,
    /// Norm of the exact probe |p|, rounded up.
    exact_norm: f32,
    /// Amount that [`BIAS`] adds to every sum of products.
    bias: i32,
    isa: Isa,
    sums: Vec<i32>,
}

impl Probe {
    pub(super) fn new(values: &[f32], isa: Isa) -> Self {
        let mut codes = vec![[0_i8; LINE]; lines(values.len())];
        let quantization = encode(values, |at, code| codes[at / LINE][at % LINE] = code as i8);
        let norm = values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
        let bias = codes.as_flattened().iter().map(|code| i32::from(*code)).sum::<i32>() * BIAS;
        Self { codes, quantization, exact_norm: (norm * UP) as f32, bias, isa, sums: Vec::new() }
    }

    /// Writes to `bounds` an upper bound of the similarity of every row.
    pub(super) fn bounds(&mut self, rows: &[Line], quantizations: &[Quantization], bounds: &mut Vec<f32>) {
        bounds.clear();
        if self.codes.len() * LINE > WIDEST {
            bounds.resize(quantizations.len(), f32::INFINITY);
            return;
        }

        self.sums.resize(quantizations.len(), 0);
        kernels::dot(self.isa, rows, &self.codes, &mut self.sums);

        let probe = self.quantization;
        bounds.extend(self.sums.iter().zip(quantizations).map(|(sum, row)| {
            let rough = (sum - self.bias) as f32 * (row.step * probe.step);
            rough + (probe.error_norm * row.norm + self.exact_norm * row.error_norm) + SLACK
        }));
    }
}

#[cfg(test)]
mod tests {
    use oz_core::face::FeatureVector;
    use oz_core::inference::ModelId;
    use proptest::prelude::*;

    use super::*;

    fn vector(values: Vec<f32>) -> FeatureVector {
        FeatureVector::normalized(ModelId::new("m"), values).unwrap()
    }

    fn bound(probe: &FeatureVector, row: &FeatureVector) -> f32 {
        let (mut codes, mut bounds) = (Vec::new(), Vec::new());
        let quantization = append(row.values(), &mut codes);
        Probe::new(probe.values(), Isa::detect()).bounds(&codes, &[quantization], &mut bounds);
        bounds[0]
    }

    /// Values of all magnitudes, so that some vectors have a few large values and others are flat.
    fn values() -> impl Strategy<Value = Vec<f32>> {
        let value = (-1.0f32..1.0, 0i32..12).prop_map(|(value, exponent)| value * 2f32.powi(-exponent));
        prop::collection::vec(value, 1..300)
    }

    proptest! {
        #[test]
        fn similarity_never_exceeds_its_bound(probe in values(), row in values()) {
            let length = probe.len().min(row.len());
            prop_assume!([&probe, &row].iter().all(|v| v[..length].iter().any(|value| value.abs() > 1e-4)));
            let (probe, row) = (vector(probe[..length].to_vec()), vector(row[..length].to_vec()));
            for row in [&row, &probe] {
                let similarity = probe.similarity(row).unwrap();
                let bound = bound(&probe, row);
                prop_assert!(bound >= similarity, "{} exceeds {}", similarity, bound);
                prop_assert!(bound <= similarity + 0.2, "{} is too far above {}", bound, similarity);
            }
        }
    }

    #[test]
    fn bound_of_a_typical_vector_is_tight() {
        let wave = |shift: f32| vector((0..512).map(|at| (at as f32 * 0.37 + shift).sin()).collect());
        let (probe, row) = (wave(0.0), wave(1.0));
        let gap = bound(&probe, &row) - probe.similarity(&row).unwrap();
        assert!((0.0..0.02).contains(&gap), "{gap}");
    }

    #[test]
    fn vector_too_long_for_codes_is_never_ruled_out() {
        let long = vector(vec![1.0; WIDEST + 1]);
        assert_eq!(bound(&long, &long), f32::INFINITY);
    }
}
