//! Depthwise convolution, channels last: every output channel reads one input channel.
//!
//! One vector holds adjacent channels of a pixel, so the lanes are independent. The border is not copied:
//! positions whose window crosses it are computed one by one with only the taps inside the image.

use super::aligned::Aligned;
use super::conv::{ImageShape, Window};
use super::gemm::{Epilogue, Residual, SLACK};
use super::parallel::Threads;
use super::simd::{Isa, Kernel, Simd, dispatch};

/// Packed weights, `[height, width, channels]`; `pitch` is the distance between taps, padded to whole
/// vectors.
#[derive(Debug)]
pub(in crate::engine::candle) struct Depthwise {
    isa: Isa,
    channels: usize,
    kernel: [usize; 2],
    weights: Aligned,
    pitch: usize,
}

impl Depthwise {
    pub(super) fn new(isa: Isa, weights: &[f32], channels: usize, kernel: [usize; 2]) -> Self {
        let taps = kernel[0] * kernel[1];
        let pitch = channels.next_multiple_of(SLACK);
        let mut packed = Aligned::zeros(taps * pitch);
        for (channel, taps) in weights.chunks_exact(taps).enumerate() {
            for (tap, &weight) in taps.iter().enumerate() {
                packed[tap * pitch + channel] = weight;
            }
        }
        Self { isa, channels, kernel, weights: packed, pitch }
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Convolves an image of `shape`. Bias and slopes must be padded with [`SLACK`] values.
    ///
    /// # Panics
    /// If a slice does not fit the shapes.
    pub(super) fn run(
        &self,
        threads: &Threads,
        window: &Window,
        (input, shape): (&[f32], ImageShape),
        bias: &[f32],
        epilogue: Epilogue<'_>,
        output: &mut [f32],
    ) {
        let [_, height, width, channels] = shape;
        assert_eq!(channels, self.channels);
        assert_eq!(input.len(), shape.iter().product::<usize>());
        assert!(bias.len() >= channels + SLACK);
        let Epilogue { first, residual, second } = epilogue;
        assert!(first.fits(channels + SLACK) && second.fits(channels + SLACK));
        assert!(residual.is_none_or(|residual| {
            residual.channels == channels && residual.values.len() == output.len()
        }));

        let rows = window.positions(0, height).unwrap_or(0);
        let columns = window.positions(1, width).unwrap_or(0);
        let row_len = columns * channels;
        let cost = row_len * self.kernel[0] * self.kernel[1];

        threads.split(output, row_len, cost, |first, output| {
            for (number, output) in (first..).zip(output.chunks_exact_mut(row_len)) {
                let (image, y) = (number / rows, number % rows);
                let input = &input[image * height * width * channels..][..height * width * channels];
                let residual = residual.map(|Residual { values, channels }| Residual {
                    values: &values[number * row_len..][..row_len],
                    channels,
                });

                let row = Row {
                    weights: self,
                    bias,
                    window,
                    input,
                    size: [height, width],
                    y,
                    columns,
                    epilogue: Epilogue { residual, ..epilogue },
                    output,
                };
                // SAFETY: the assertions above guarantee that input, output and residual have their shapes,
                // and that weights, bias and slopes are padded to whole vectors; `Row::taps` keeps windows
                // inside the image.
                unsafe { dispatch(self.isa, row) };
            }
        });
    }
}

/// One row of the output and what it is computed from.
struct Row<'a> {
    weights: &'a Depthwise,
    bias: &'a [f32],
    window: &'a Window,
    input: &'a [f32],
    size: [usize; 2],
    y: usize,
    columns: usize,
    epilogue: Epilogue<'a>,
    output: &'a mut [f32],
}

/// Taps `first..last` of a window that lie inside the image along an axis, and the pixel `at` of the first of
/// them.
#[derive(Clone, Copy)]
struct Taps {
    first: usize,
    last: usize,
    at: usize,
}

impl Row<'_> {
    /// Taps of the output position `position` along `axis`.
    #[inline(always)]
    fn taps(&self, axis: usize, position: usize) -> Taps {
        let (stride, dilation) = (self.window.stride[axis], self.window.dilation[axis]);
        let (pad, length, kernel) = (self.window.pads[axis], self.size[axis], self.weights.kernel[axis]);

        // In coordinates of the image with its border; the image is `pad..length + pad`.
        let start = position * stride;
        let first = pad.saturating_sub(start).div_ceil(dilation).min(kernel);
        let end = (length + pad).saturating_sub(start).div_ceil(dilation).min(kernel);
        Taps { first, last: end.max(first), at: (start + first * dilation).saturating_sub(pad) }
    }

    /// Range of output columns whose windows lie inside the image horizontally.
    #[inline(always)]
    fn interior(&self) -> (usize, usize) {
        let (stride, pad) = (self.window.stride[1], self.window.pads[1]);
        let first = pad.div_ceil(stride).min(self.columns);
        let room = (self.size[1] + pad).checked_sub(self.window.extent(1));
        let last = room.map_or(0, |room| room / stride + 1).min(self.columns);
        (first, last.max(first))
    }
}

impl Kernel for Row<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(mut self) {
        let rows = self.taps(0, self.y);
        let (first, last) = self.interior();
        let is_three_wide = self.weights.kernel[1] == 3 && self.window.dilation[1] == 1;
        let mut x = 0;

        // SAFETY: windows of `first..last` lie inside the image; `edge` restricts the others to taps inside.
        unsafe {
            while x < self.columns {
                let left = if x < first { 0 } else { last.saturating_sub(x) };
                // Eight independent sums hide the latency of multiply-add; with 16 registers only four fit.
                if S::REGISTERS == 32 && left >= 8 {
                    self.block::<S, 8>(rows, x, is_three_wide);
                    x += 8;
                } else if left >= 4 {
                    self.block::<S, 4>(rows, x, is_three_wide);
                    x += 4;
                } else {
                    self.edge::<S>(rows, x);
                    x += 1;
                }
            }
        }
    }
}

impl Row<'_> {
    /// Computes a block of `P` adjacent pixels from column `x` on, whose windows lie inside the image
    /// horizontally. Windows three pixels wide with stride 1 or 2, those of the face networks, have
    /// specialized loops.
    ///
    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn block<S: Simd, const P: usize>(&mut self, rows: Taps, x: usize, is_three_wide: bool) {
        // SAFETY: the caller's promise.
        unsafe {
            match (is_three_wide, self.window.stride[1]) {
                (true, 1) => self.pixels::<S, P, 3, 1>(rows, x),
                (true, 2) => self.pixels::<S, P, 3, 2>(rows, x),
                _ => self.pixels::<S, P, 0, 0>(rows, x),
            }
        }
    }

    /// Computes one pixel whose window may cross the border of the image.
    ///
    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn edge<S: Simd>(&mut self, rows: Taps, x: usize) {
        let columns = self.taps(1, x);
        let channels = self.weights.channels;
        let dilation = self.window.dilation;

        for channel in (0..channels).step_by(S::LANES) {
            let count = (channels - channel).min(S::LANES);
            // SAFETY: the taps lie inside the image.
            unsafe {
                let mut sum = S::load(self.bias.as_ptr().add(channel));
                for row in rows.first..rows.last {
                    let y = rows.at + (row - rows.first) * dilation[0];
                    for column in columns.first..columns.last {
                        let at = columns.at + (column - columns.first) * dilation[1];
                        let value = self.value::<S>(y, at, channel, count);
                        sum = S::mul_add(value, self.weight::<S>(row, column, channel), sum);
                    }
                }
                self.finish::<S, 1>([[sum]], x, channel, count);
            }
        }
    }

    /// Loop of [`Row::block`] over channels and rows of the window. With a known `WIDTH` and `STRIDE`, pixels
    /// that windows share are loaded once; 0 stands for any width and stride.
    ///
    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn pixels<S: Simd, const P: usize, const WIDTH: usize, const STRIDE: usize>(
        &mut self,
        rows: Taps,
        x: usize,
    ) {
        let channels = self.weights.channels;
        let at = x * self.window.stride[1] - self.window.pads[1];

        for channel in (0..channels).step_by(S::LANES) {
            let count = (channels - channel).min(S::LANES);
            // SAFETY: the taps lie inside the image.
            unsafe {
                let mut sums = [[S::load(self.bias.as_ptr().add(channel))]; P];
                for row in rows.first..rows.last {
                    let y = rows.at + (row - rows.first) * self.window.dilation[0];
                    if WIDTH == 3 {
                        self.add_shared_row::<S, P, WIDTH, STRIDE>(&mut sums, [row, y], at, channel, count);
                    } else {
                        self.add_row::<S, P>(&mut sums, [row, y], at, channel, count);
                    }
                }
                self.finish::<S, P>(sums, x, channel, count);
            }
        }
    }

    /// Adds one row of the windows, loading every pixel once for all windows that share it.
    ///
    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn add_shared_row<S: Simd, const P: usize, const WIDTH: usize, const STRIDE: usize>(
        &self,
        sums: &mut [[S::V; 1]; P],
        [row, y]: [usize; 2],
        at: usize,
        channel: usize,
        count: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            // Eight windows of width 3 and stride 2 span (8 - 1) * 2 + 3 = 17 pixels.
            let mut pixels = [S::splat(0.0); 17];
            for (offset, pixel) in pixels.iter_mut().enumerate() {
                if offset < (P - 1) * STRIDE + WIDTH {
                    *pixel = self.value::<S>(y, at + offset, channel, count);
                }
            }

            for column in 0..WIDTH {
                let weight = self.weight::<S>(row, column, channel);
                for (pixel, [sum]) in sums.iter_mut().enumerate() {
                    *sum = S::mul_add(pixels[pixel * STRIDE + column], weight, *sum);
                }
            }
        }
    }

    /// Adds one row of the windows, loading the pixels of every window separately.
    ///
    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn add_row<S: Simd, const P: usize>(
        &self,
        sums: &mut [[S::V; 1]; P],
        [row, y]: [usize; 2],
        at: usize,
        channel: usize,
        count: usize,
    ) {
        let (stride, dilation) = (self.window.stride[1], self.window.dilation[1]);
        for column in 0..self.weights.kernel[1] {
            // SAFETY: the caller's promise.
            unsafe {
                let weight = self.weight::<S>(row, column, channel);
                for (pixel, [sum]) in sums.iter_mut().enumerate() {
                    let value = self.value::<S>(y, at + pixel * stride + column * dilation, channel, count);
                    *sum = S::mul_add(value, weight, *sum);
                }
            }
        }
    }

    /// Loads `count` channels of a pixel.
    ///
    /// # Safety
    /// Row `y` and column `x` are inside the image.
    #[inline(always)]
    unsafe fn value<S: Simd>(&self, y: usize, x: usize, channel: usize, count: usize) -> S::V {
        // SAFETY: the caller's promise.
        unsafe {
            let from = self.input.as_ptr().add((y * self.size[1] + x) * self.weights.channels + channel);
            if count == S::LANES { S::load(from) } else { S::load_partial(from, count) }
        }
    }

    /// Loads the weights of a tap for one vector of channels.
    ///
    /// # Safety
    /// The tap is inside the window.
    #[inline(always)]
    unsafe fn weight<S: Simd>(&self, row: usize, column: usize, channel: usize) -> S::V {
        let tap = row * self.weights.kernel[1] + column;
        // SAFETY: the caller's promise.
        unsafe { S::load(self.weights.weights.as_ptr().add(tap * self.weights.pitch + channel)) }
    }

    /// Applies the epilogue to the sums of `P` pixels and stores `count` channels.
    ///
    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn finish<S: Simd, const P: usize>(
        &mut self,
        mut sums: [[S::V; 1]; P],
        x: usize,
        channel: usize,
        count: usize,
    ) {
        let channels = self.weights.channels;
        // SAFETY: the caller's promise.
        unsafe {
            self.epilogue.first.step(channel).apply::<S, P, 1>(&mut sums);

            if let Some(residual) = self.epilogue.residual {
                for (pixel, [sum]) in sums.iter_mut().enumerate() {
                    let from = residual.values.as_ptr().add((x + pixel) * channels + channel);
                    *sum = S::add(*sum, S::load_partial(from, count));
                }
            }

            self.epilogue.second.step(channel).apply::<S, P, 1>(&mut sums);

            for (pixel, [sum]) in sums.into_iter().enumerate() {
                let to = self.output.as_mut_ptr().add((x + pixel) * channels + channel);
                if count == S::LANES { S::store(to, sum) } else { S::store_partial(to, sum, count) }
            }
        }
    }
}
