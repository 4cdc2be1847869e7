//! Convolution of every channel on its own, channels last.

use super::aligned::Aligned;
use super::conv::{ImageShape, Window};
use super::gemm::{Epilogue, Residual, SLACK};
use super::parallel::Threads;
use super::simd::{Isa, Kernel, Simd, dispatch};

/// The weights, `[height, width, channels]`.
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
        threads.split(output, row_len, row_len * self.kernel[0] * self.kernel[1], |first, output| {
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
                // SAFETY: the assertions above: input, output and residual have their shapes, weights, bias and slopes
                // go on after the last channel for whole vectors; `Row::taps` keeps windows inside the image.
                unsafe { dispatch(self.isa, row) };
            }
        });
    }
}

/// One row of the output.
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

/// Where a window begins in the image, and which of its taps lie inside.
#[derive(Clone, Copy)]
struct Taps {
    first: usize,
    last: usize,
    at: usize,
}

impl Row<'_> {
    /// The taps of output position `position` along `axis` that lie inside the image, `first..last`, and the pixel of
    /// the first of them.
    #[inline(always)]
    fn taps(&self, axis: usize, position: usize) -> Taps {
        let (stride, dilation) = (self.window.stride[axis], self.window.dilation[axis]);
        let (pad, length, kernel) = (self.window.pads[axis], self.size[axis], self.weights.kernel[axis]);
        let start = position * stride;
        let first = pad.saturating_sub(start).div_ceil(dilation).min(kernel);
        let end = (length + pad).saturating_sub(start).div_ceil(dilation).min(kernel);
        Taps { first, last: end.max(first), at: (start + first * dilation).saturating_sub(pad) }
    }

    /// The output positions whose windows lie inside the image horizontally.
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
        let three = self.weights.kernel[1] == 3 && self.window.dilation[1] == 1;
        let mut x = 0;
        // SAFETY: windows of `first..last` lie inside; `edge` cuts the others.
        unsafe {
            while x < self.columns {
                let left = if x < first { 0 } else { last.saturating_sub(x) };
                // Eight sums keep the multipliers busy; with few registers there is room for four.
                if S::REGISTERS == 32 && left >= 8 {
                    self.some::<S, 8>(rows, x, three);
                    x += 8;
                } else if left >= 4 {
                    self.some::<S, 4>(rows, x, three);
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
    /// `P` pixels of the output.
    ///
    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn some<S: Simd, const P: usize>(&mut self, rows: Taps, x: usize, three: bool) {
        // SAFETY: the caller's promise.
        unsafe {
            match (three, self.window.stride[1]) {
                (true, 1) => self.pixels::<S, P, 3, 1>(rows, x),
                (true, 2) => self.pixels::<S, P, 3, 2>(rows, x),
                _ => self.pixels::<S, P, 0, 0>(rows, x),
            }
        }
    }

    /// One pixel of the output, all channels.
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

    /// `P` pixels of the output from `x` on, whose windows lie inside the image horizontally. With `WIDTH` and
    /// `STRIDE` of the window known, pixels that windows share are loaded once.
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
                        self.shared::<S, P, WIDTH, STRIDE>(&mut sums, [row, y], at, channel, count);
                    } else {
                        self.single::<S, P>(&mut sums, [row, y], at, channel, count);
                    }
                }
                self.finish::<S, P>(sums, x, channel, count);
            }
        }
    }

    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn shared<S: Simd, const P: usize, const WIDTH: usize, const STRIDE: usize>(
        &self,
        sums: &mut [[S::V; 1]; P],
        [row, y]: [usize; 2],
        at: usize,
        channel: usize,
        count: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
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

    /// # Safety
    /// See [`Depthwise::run`].
    #[inline(always)]
    unsafe fn single<S: Simd, const P: usize>(
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

    /// # Safety
    /// The tap is inside the window.
    #[inline(always)]
    unsafe fn weight<S: Simd>(&self, row: usize, column: usize, channel: usize) -> S::V {
        let tap = row * self.weights.kernel[1] + column;
        // SAFETY: the caller's promise.
        unsafe { S::load(self.weights.weights.as_ptr().add(tap * self.weights.pitch + channel)) }
    }

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
