//! Vectors as codes of 8 bits, and by how much a similarity of codes may be wrong.
//!
//! With x = s·q + e, where q are whole numbers within ±127, and likewise p = t·r + d for the probe:
//!
//! ```text
//! ⟨p, x⟩ = t·s·⟨r, q⟩ + ⟨d, s·q⟩ + ⟨p, e⟩  ≤  t·s·⟨r, q⟩ + |d|·|s·q| + |p|·|e|
//! ```
//!
//! The norms are computed once for each vector, so the bound follows from Cauchy and Schwarz and from nothing else: it holds
//! whatever the vectors look like, and rounding of the codes cannot break it.

use super::kernels::{self, Isa, LINE, Line, WIDEST};

/// Added to q, so that stored codes are without a sign as VNNI wants one side.
const BIAS: i32 = 128;
/// Largest q.
const LARGEST: f32 = 127.0;
/// Adding and subtracting it rounds to a whole number: in between there is no room for a fraction (1.5 · 2²³).
const ROUND: f32 = 12_582_912.0;
/// More than what `f32` arithmetic loses in computing a bound: a dozen operations on numbers below 2, 2⁻²⁴ each.
const SLACK: f32 = 4e-6;
/// Norms are rounded up by this when they become `f32`.
const UP: f64 = 1.0 + 1e-6;
/// Partial sums of a norm, as many as fill vector registers.
const LANES: usize = 8;

/// What is kept of a vector beside its codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// s.
    scale: f32,
    /// |e|, rounded up.
    error: f32,
    /// |s·q|, rounded up.
    reach: f32,
}

/// Lines that a vector of this many values takes.
pub(super) fn lines(dimension: usize) -> usize {
    dimension.div_ceil(LINE)
}

/// The codes q of a vector, with what is to be known about them.
fn encode(values: &[f32], mut put: impl FnMut(usize, i32)) -> Scale {
    let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = largest / LARGEST;
    let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
    let (mut error, mut reach) = ([0.0_f64; LANES], [0.0_f64; LANES]);
    for (index, part) in values.chunks(LANES).enumerate() {
        for (lane, value) in part.iter().enumerate() {
            let code = ((value * inverse).clamp(-LARGEST, LARGEST) + ROUND) - ROUND;
            put(index * LANES + lane, code as i32);
            let reached = f64::from(scale) * f64::from(code);
            let missed = f64::from(*value) - reached;
            error[lane] += missed * missed;
            reach[lane] += reached * reached;
        }
    }
    let norm = |squares: [f64; LANES]| (squares.iter().sum::<f64>().sqrt() * UP) as f32;
    Scale { scale, error: norm(error), reach: norm(reach) }
}

/// Appends the codes of a vector, filled up to whole lines.
pub(super) fn append(values: &[f32], codes: &mut Vec<Line>) -> Scale {
    let start = codes.len();
    codes.resize(start + lines(values.len()), Line([BIAS as u8; LINE]));
    let mut scale = {
        let lines = &mut codes[start..];
        encode(values, |at, code| lines[at / LINE].0[at % LINE] = (code + BIAS) as u8)
    };
    if values.len() > WIDEST {
        scale.error = f32::INFINITY;
    }
    scale
}

/// A vector that is compared with rows.
pub(super) struct Probe {
    codes: Vec<[i8; LINE]>,
    scale: Scale,
    /// |p|, rounded up.
    norm: f32,
    /// What [`BIAS`] adds to every sum of products.
    bias: i32,
    isa: Isa,
    sums: Vec<i32>,
}

impl Probe {
    pub(super) fn new(values: &[f32], isa: Isa) -> Self {
        let mut codes = vec![[0_i8; LINE]; lines(values.len())];
        let scale = encode(values, |at, code| codes[at / LINE][at % LINE] = code as i8);
        let norm = values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
        let bias = codes.as_flattened().iter().map(|code| i32::from(*code)).sum::<i32>() * BIAS;
        Self { codes, scale, norm: (norm * UP) as f32, bias, isa, sums: Vec::new() }
    }

    /// For every row a number that its similarity does not exceed.
    pub(super) fn bounds(&mut self, rows: &[Line], scales: &[Scale], bounds: &mut Vec<f32>) {
        bounds.clear();
        if self.codes.len() * LINE > WIDEST {
            bounds.resize(scales.len(), f32::INFINITY);
            return;
        }
        self.sums.resize(scales.len(), 0);
        kernels::dot(self.isa, rows, &self.codes, &mut self.sums);
        bounds.extend(self.sums.iter().zip(scales).map(|(sum, row)| {
            let rough = (sum - self.bias) as f32 * (row.scale * self.scale.scale);
            rough + (self.scale.error * row.reach + self.norm * row.error) + SLACK
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
        let scale = append(row.values(), &mut codes);
        Probe::new(probe.values(), Isa::detect()).bounds(&codes, &[scale], &mut bounds);
        bounds[0]
    }

    /// Values of all sizes, so that some vectors are spikes and others flat.
    fn values() -> impl Strategy<Value = Vec<f32>> {
        let value = (-1.0f32..1.0, 0i32..12).prop_map(|(value, exponent)| value * 2f32.powi(-exponent));
        prop::collection::vec(value, 1..300)
    }

    proptest! {
        #[test]
        fn no_similarity_exceeds_its_bound(probe in values(), row in values()) {
            let length = probe.len().min(row.len());
            prop_assume!([&probe, &row].iter().all(|v| v[..length].iter().any(|value| value.abs() > 1e-4)));
            let (probe, row) = (vector(probe[..length].to_vec()), vector(row[..length].to_vec()));
            for row in [&row, &probe] {
                let similarity = probe.similarity(row).unwrap();
                let bound = bound(&probe, row);
                prop_assert!(bound >= similarity, "{} exceeds {}", similarity, bound);
                prop_assert!(bound <= similarity + 0.2, "{} is far from {}", bound, similarity);
            }
        }
    }

    #[test]
    fn the_bound_of_a_usual_vector_is_near() {
        let wave = |shift: f32| vector((0..512).map(|at| (at as f32 * 0.37 + shift).sin()).collect());
        let (probe, row) = (wave(0.0), wave(1.0));
        let gap = bound(&probe, &row) - probe.similarity(&row).unwrap();
        assert!((0.0..0.02).contains(&gap), "{gap}");
    }

    #[test]
    fn vectors_that_are_too_long_for_codes_are_never_ruled_out() {
        let long = vector(vec![1.0; WIDEST + 1]);
        assert_eq!(bound(&long, &long), f32::INFINITY);
    }
}
