//! Activations, applied to values before they are stored.

use super::simd::Simd;

/// A function of one value.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine::candle) enum Activation {
    /// `x`.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `x` if positive, else `x` times the slope of the channel.
    PRelu(Vec<f32>),
    /// Clamps to a lower and an upper bound.
    Clip(f32, f32),
}

/// An [`Activation`] restricted to the channels of a tile: points at the first of its slopes.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Identity,
    Relu,
    PRelu(*const f32),
    Clip(f32, f32),
}

impl Activation {
    /// The activation for the channels from `channel` on. Kernels read slopes in whole vectors, so they must
    /// be padded with [`Activation::padded`].
    #[inline(always)]
    pub(super) fn step(&self, channel: usize) -> Step {
        match self {
            Self::Identity => Step::Identity,
            Self::Relu => Step::Relu,
            Self::PRelu(slopes) => Step::PRelu(slopes.as_ptr().wrapping_add(channel)),
            Self::Clip(low, high) => Step::Clip(*low, *high),
        }
    }

    /// Extends the slopes to `length` values.
    #[must_use]
    pub(super) fn padded(&self, length: usize) -> Self {
        match self {
            Self::PRelu(slopes) => {
                let mut slopes = slopes.clone();
                slopes.resize(length, 0.0);
                Self::PRelu(slopes)
            }
            other => other.clone(),
        }
    }

    /// Whether there are at least `channels` slopes; true for activations without slopes.
    pub(super) fn fits(&self, channels: usize) -> bool {
        !matches!(self, Self::PRelu(slopes) if slopes.len() < channels)
    }

    /// Applies the activation to one value.
    #[cfg(test)]
    pub(in crate::engine::candle) fn apply(&self, value: f32, channel: usize) -> f32 {
        match self {
            Self::Identity => value,
            Self::Relu => value.max(0.0),
            Self::PRelu(slopes) => value.max(0.0) + slopes[channel] * value.min(0.0),
            Self::Clip(low, high) => value.max(*low).min(*high),
        }
    }
}

impl Step {
    /// Applies the activation to `N` consecutive vectors of channels of `M` pixels.
    ///
    /// # Safety
    /// The processor supports `S`, and slopes can be read for all channels.
    #[inline(always)]
    pub(super) unsafe fn apply<S: Simd, const M: usize, const N: usize>(self, values: &mut [[S::V; N]; M]) {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Identity => {}
                Self::Relu => {
                    let zero = S::splat(0.0);
                    for row in values {
                        for value in row {
                            *value = S::max(*value, zero);
                        }
                    }
                }
                Self::PRelu(slopes) => {
                    let zero = S::splat(0.0);
                    for n in 0..N {
                        let slope = S::load(slopes.add(n * S::LANES));
                        for row in values.iter_mut() {
                            let negative = S::min(row[n], zero);
                            row[n] = S::mul_add(negative, slope, S::max(row[n], zero));
                        }
                    }
                }
                Self::Clip(low, high) => {
                    let (low, high) = (S::splat(low), S::splat(high));
                    for row in values {
                        for value in row {
                            *value = S::min(S::max(*value, low), high);
                        }
                    }
                }
            }
        }
    }
}
