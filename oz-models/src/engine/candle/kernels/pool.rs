//! Pooling, channels last.

use super::conv::{ImageShape, Window};
use super::simd::{Isa, Kernel, Simd, dispatch};

/// Function that combines the pixels of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::candle) enum Pooling {
    /// Maximum.
    Max,
    /// Mean; with `border_counts` pixels of the border count as zeros.
    Average { border_counts: bool },
}

/// Pools an image of `shape` to `rows` x `columns` pixels.
pub(in crate::engine::candle) fn pool(
    isa: Isa,
    pooling: Pooling,
    window: &Window,
    (input, shape): (&[f32], ImageShape),
    [rows, columns]: [usize; 2],
    output: &mut [f32],
) {
    // SAFETY: the kernel has no pointers.
    unsafe { dispatch(isa, Pool { pooling, window, input, shape, rows, columns, output }) };
}

struct Pool<'a> {
    pooling: Pooling,
    window: &'a Window,
    input: &'a [f32],
    shape: ImageShape,
    rows: usize,
    columns: usize,
    output: &'a mut [f32],
}

impl Kernel for Pool<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let [_, height, width, channels] = self.shape;
        let window = self.window;

        // Pixels inside the image.
        let taps = |axis: usize, position: usize, length: usize| {
            let start = position * window.stride[axis];
            let inside = move |tap: usize| {
                (start + tap * window.dilation[axis]).checked_sub(window.pads[axis]).filter(|&at| at < length)
            };
            (0..window.kernel[axis]).filter_map(inside)
        };
        // Taps inside the image or its border. With `ceil_mode` a window may extend beyond the border; those
        // taps do not count.
        let counted = |axis: usize, position: usize, length: usize| {
            let end = length + window.pads[axis] + window.pads[axis + 2];
            (0..window.kernel[axis])
                .filter(|tap| position * window.stride[axis] + tap * window.dilation[axis] < end)
                .count()
        };

        for (number, output) in self.output.chunks_exact_mut(channels).enumerate() {
            let (row, column) = (number / self.columns, number % self.columns);
            let (image, row) = (row / self.rows, row % self.rows);
            let is_max = self.pooling == Pooling::Max;
            output.fill(if is_max { f32::NEG_INFINITY } else { 0.0 });

            let mut count = 0;
            for y in taps(0, row, height) {
                for x in taps(1, column, width) {
                    let pixel = &self.input[((image * height + y) * width + x) * channels..][..channels];
                    count += 1;
                    if is_max {
                        for (output, &value) in output.iter_mut().zip(pixel) {
                            *output = if value > *output { value } else { *output };
                        }
                    } else {
                        for (output, &value) in output.iter_mut().zip(pixel) {
                            *output += value;
                        }
                    }
                }
            }

            if let Pooling::Average { border_counts } = self.pooling {
                if border_counts {
                    count = counted(0, row, height) * counted(1, column, width);
                }
                let scale = 1.0 / count.max(1) as f32;
                for output in output {
                    *output *= scale;
                }
            }
        }
    }
}
