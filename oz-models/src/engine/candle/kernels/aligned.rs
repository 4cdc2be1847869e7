//! Memory aligned to cache lines, so that aligned vectors never straddle two of them.

use std::ops::{Deref, DerefMut};

/// Size of a cache line, bytes.
const LINE: usize = 64;

/// Owned `f32` values aligned to 64 bytes.
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

    /// A copy of `values`, padded with zeros to `len` values.
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
