//! Memory that begins at a cache line, so that a whole vector never lies in two.

use std::ops::{Deref, DerefMut};

const LINE: usize = 64;

/// A slice of `f32` that begins at a multiple of 64 bytes.
#[derive(Debug, Default)]
pub(in crate::engine::candle) struct Aligned {
    values: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub(in crate::engine::candle) fn zeros(len: usize) -> Self {
        let values = vec![0.0; len + LINE / size_of::<f32>()];
        let start = values.as_ptr().align_offset(LINE).min(LINE / size_of::<f32>());
        Self { values, start, len }
    }

    /// A copy of `values`, then zeros up to `len`.
    pub(in crate::engine::candle) fn from_padded(values: &[f32], len: usize) -> Self {
        let mut aligned = Self::zeros(len.max(values.len()));
        aligned[..values.len()].copy_from_slice(values);
        aligned
    }
}

impl Deref for Aligned {
    type Target = [f32];
    #[inline(always)]
    fn deref(&self) -> &[f32] {
        &self.values[self.start..self.start + self.len]
    }
}

impl DerefMut for Aligned {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.len]
    }
}
