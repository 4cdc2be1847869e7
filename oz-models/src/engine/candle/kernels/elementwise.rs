//! Elementwise functions of one or two tensors, with broadcasting.

use super::activation::Activation;
use super::simd::{Isa, Kernel, Simd, dispatch};

/// A function of one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine::candle) enum Unary {
    Neg,
    Sqrt,
    Reciprocal,
    Sigmoid,
    Tanh,
    Exp,
    Abs,
    Log,
    HardSigmoid(f32, f32),
    HardSwish,
}

/// A function of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::candle) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    Pow,
}

impl Unary {
    #[inline(always)]
    pub(in crate::engine::candle) fn apply(self, x: f32) -> f32 {
        match self {
            Self::Neg => -x,
            Self::Sqrt => x.sqrt(),
            Self::Reciprocal => 1.0 / x,
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
            Self::Exp => x.exp(),
            Self::Abs => x.abs(),
            Self::Log => x.ln(),
            Self::HardSigmoid(alpha, beta) => (alpha * x + beta).clamp(0.0, 1.0),
            Self::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        }
    }

    /// Applies the function to every value.
    pub(in crate::engine::candle) fn run(self, isa: Isa, input: &[f32], output: &mut [f32]) {
        // SAFETY: the kernel has no pointers.
        unsafe { dispatch(isa, Map { function: self, input, output }) };
    }
}

struct Map<'a> {
    function: Unary,
    input: &'a [f32],
    output: &'a mut [f32],
}

impl Kernel for Map<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { function, input, output } = self;
        // A separate loop for every function that the compiler can vectorize; the others share one.
        macro_rules! each {
            ($($pattern:pat => $function:expr),+ $(,)?) => {
                match function { $($pattern => map(input, output, |x| $function.apply(x))),+ }
            };
        }
        each! {
            Unary::Neg => Unary::Neg,
            Unary::Sqrt => Unary::Sqrt,
            Unary::Reciprocal => Unary::Reciprocal,
            Unary::Abs => Unary::Abs,
            Unary::HardSigmoid(alpha, beta) => Unary::HardSigmoid(alpha, beta),
            Unary::HardSwish => Unary::HardSwish,
            other => other,
        }
    }
}

#[inline(always)]
fn map(input: &[f32], output: &mut [f32], function: impl Fn(f32) -> f32) {
    for (output, &input) in output.iter_mut().zip(input) {
        *output = function(input);
    }
}

/// Applies `activation` to an image, channels last.
///
/// # Panics
/// If there are fewer slopes than `channels`.
pub(in crate::engine::candle) fn activate(
    isa: Isa,
    activation: &Activation,
    channels: usize,
    input: &[f32],
    output: &mut [f32],
) {
    assert!(activation.fits(channels));
    // SAFETY: the kernel has no pointers.
    unsafe { dispatch(isa, Activate { activation, channels, input, output }) };
}

struct Activate<'a> {
    activation: &'a Activation,
    channels: usize,
    input: &'a [f32],
    output: &'a mut [f32],
}

impl Kernel for Activate<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { activation, channels, input, output } = self;
        match activation {
            Activation::Identity => output.copy_from_slice(input),
            Activation::Relu => map(input, output, |x| x.max(0.0)),
            Activation::Clip(low, high) => map(input, output, |x| x.max(*low).min(*high)),
            Activation::PRelu(slopes) => {
                let rows = output.chunks_exact_mut(channels).zip(input.chunks_exact(channels));
                for (output, input) in rows {
                    for ((output, &input), &slope) in output.iter_mut().zip(input).zip(slopes) {
                        *output = input.max(0.0) + slope * input.min(0.0);
                    }
                }
            }
        }
    }
}

impl Binary {
    #[inline(always)]
    pub(in crate::engine::candle) fn apply(self, left: f32, right: f32) -> f32 {
        match self {
            Self::Add => left + right,
            Self::Sub => left - right,
            Self::Mul => left * right,
            Self::Div => left / right,
            Self::Max => left.max(right),
            Self::Min => left.min(right),
            Self::Pow => left.powf(right),
        }
    }

    /// Applies the function to all pairs of values. `dims` are the dimensions of the output, outermost first:
    /// `[length, stride of left, stride of right]`, where a stride of 0 repeats a value.
    pub(in crate::engine::candle) fn run(
        self,
        isa: Isa,
        left: &[f32],
        right: &[f32],
        dims: &[[usize; 3]],
        output: &mut [f32],
    ) {
        // SAFETY: the kernel has no pointers.
        unsafe { dispatch(isa, Broadcast { function: self, left, right, dims, output }) };
    }
}

struct Broadcast<'a> {
    function: Binary,
    left: &'a [f32],
    right: &'a [f32],
    dims: &'a [[usize; 3]],
    output: &'a mut [f32],
}

impl Kernel for Broadcast<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        macro_rules! each {
            ($($name:ident),+) => {
                match self.function { $(Binary::$name => self.all(|l, r| Binary::$name.apply(l, r))),+ }
            };
        }
        each!(Add, Sub, Mul, Div, Max, Min, Pow);
    }
}

impl Broadcast<'_> {
    /// Walks through the outer dimensions; [`run`] computes the innermost one.
    #[inline(always)]
    fn all(self, function: impl Fn(f32, f32) -> f32 + Copy) {
        let Self { left, right, dims, output, .. } = self;
        let [outer @ .., [length, left_step, right_step]] = dims else {
            output[0] = function(left[0], right[0]);
            return;
        };

        let mut index = vec![0; outer.len()];
        let (mut at_left, mut at_right) = (0, 0);
        for output in output.chunks_exact_mut((*length).max(1)) {
            run(output, &left[at_left..], &right[at_right..], *left_step, *right_step, function);

            // Next index: the innermost dimension that does not overflow is incremented, those inside it
            // restart.
            for axis in (0..outer.len()).rev() {
                let [length, left_step, right_step] = outer[axis];
                index[axis] += 1;
                at_left += left_step;
                at_right += right_step;
                if index[axis] < length {
                    break;
                }

                index[axis] = 0;
                at_left -= left_step * length;
                at_right -= right_step * length;
            }
        }
    }
}

/// Computes one row. The usual strides have their own loops, which the compiler can vectorize.
#[inline(always)]
fn run(
    output: &mut [f32],
    left: &[f32],
    right: &[f32],
    left_step: usize,
    right_step: usize,
    function: impl Fn(f32, f32) -> f32,
) {
    match (left_step, right_step) {
        (1, 1) => {
            for ((output, &left), &right) in output.iter_mut().zip(left).zip(right) {
                *output = function(left, right);
            }
        }
        (1, 0) => {
            let right = right[0];
            for (output, &left) in output.iter_mut().zip(left) {
                *output = function(left, right);
            }
        }
        (0, 1) => {
            let left = left[0];
            for (output, &right) in output.iter_mut().zip(right) {
                *output = function(left, right);
            }
        }
        _ => {
            for (index, output) in output.iter_mut().enumerate() {
                *output = function(left[index * left_step], right[index * right_step]);
            }
        }
    }
}
