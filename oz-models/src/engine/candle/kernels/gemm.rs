//! Matrix products: rows of pixels times packed weights.
//!
//! The left matrix is read where it lies. A row of it is a pixel of the output: some segments of consecutive values in
//! the input, at the same distances for every pixel. A 1 x 1 convolution has one segment (the channels of a pixel), a
//! 3 x 3 convolution one for every row of its window, so no image is ever unfolded in memory.

use super::activation::Activation;
use super::aligned::Aligned;
use super::simd::{Isa, Kernel, Simd, dispatch};

/// Values by which slopes and biases are longer than the channels, so that whole vectors can be read.
pub(super) const SLACK: usize = 64;

/// The right matrix, `[k, n]`, in panels of a few vectors of columns.
#[derive(Debug)]
pub(super) struct Packed {
    isa: Isa,
    k: usize,
    n: usize,
    panels: Vec<Panel>,
    values: Aligned,
}

#[derive(Debug, Clone, Copy)]
struct Panel {
    column: usize,
    vectors: usize,
    start: usize,
}

impl Packed {
    /// Packs the matrix whose value in row `k` and column `n` is `value(k, n)`.
    pub(super) fn new(isa: Isa, k: usize, n: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let panels = panels(isa, k, n);
        let width = |panel: &Panel| panel.vectors * isa.lanes();
        let mut values = Aligned::zeros(panels.iter().map(|panel| width(panel) * k).sum());
        for panel in &panels {
            let width = width(panel);
            for (row, packed) in values[panel.start..][..width * k].chunks_exact_mut(width).enumerate() {
                for (column, packed) in packed.iter_mut().enumerate().take(n - panel.column) {
                    *packed = value(row, panel.column + column);
                }
            }
        }
        Self { isa, k, n, panels, values }
    }
}

/// As few panels as possible, all of about the same width.
fn panels(isa: Isa, k: usize, n: usize) -> Vec<Panel> {
    let vectors = n.div_ceil(isa.lanes());
    let count = vectors.div_ceil(isa.tile_vectors());
    let mut panels = Vec::with_capacity(count);
    let mut done = 0;
    for left in (1..=count).rev() {
        let wide = (vectors - done).div_ceil(left);
        panels.push(Panel { column: done * isa.lanes(), vectors: wide, start: done * isa.lanes() * k });
        done += wide;
    }
    panels
}

/// Where the rows of the left matrix begin: pixel `x` of row `y` of an image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) image_stride: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl Grid {
    /// Writes down where the pixels from `first` on begin.
    #[inline(always)]
    fn starts(&self, first: usize, starts: &mut [usize]) {
        let (mut row, mut column) = (first / self.columns, first % self.columns);
        let mut image = row / self.rows;
        row %= self.rows;
        for start in starts {
            *start = image * self.image_stride + row * self.row_stride + column * self.column_stride;
            column += 1;
            if column == self.columns {
                (row, column) = (row + 1, 0);
                if row == self.rows {
                    (image, row) = (image + 1, 0);
                }
            }
        }
    }

    /// The largest start of the pixels before `end`.
    fn last_start(&self, end: usize) -> usize {
        let images = end.div_ceil(self.rows * self.columns);
        images.saturating_sub(1) * self.image_stride
            + (self.rows - 1) * self.row_stride
            + (self.columns - 1) * self.column_stride
    }
}

/// A tensor that is added to the output; it may have fewer channels.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::candle) struct Residual<'a> {
    pub(in crate::engine::candle) values: &'a [f32],
    pub(in crate::engine::candle) channels: usize,
}

/// What happens to the sums before they are stored: `second(first(sum) + residual)`.
#[derive(Clone, Copy)]
pub(in crate::engine::candle) struct Epilogue<'a> {
    pub(in crate::engine::candle) first: &'a Activation,
    pub(in crate::engine::candle) residual: Option<Residual<'a>>,
    pub(in crate::engine::candle) second: &'a Activation,
}

/// A product of pixels `first..` and a packed matrix.
pub(super) struct Product<'a> {
    pub(super) input: &'a [f32],
    pub(super) grid: Grid,
    /// Where the segments of a pixel begin, from its start on, and how long each of them is.
    pub(super) segments: &'a [usize],
    pub(super) segment_len: usize,
    pub(super) weights: &'a Packed,
    /// Of all output channels, and [`SLACK`] values more; so are slopes.
    pub(super) bias: &'a [f32],
    pub(super) epilogue: Epilogue<'a>,
    /// First pixel of `output`.
    pub(super) first: usize,
    /// Values between pixels of the output, and the channel at which this product begins in each.
    pub(super) pitch: usize,
    pub(super) channel: usize,
    pub(super) output: &'a mut [f32],
}

impl Product<'_> {
    /// Computes it.
    pub(super) fn run(self) {
        let pixels = self.output.len() / self.pitch;
        if pixels == 0 || self.weights.n == 0 {
            return;
        }
        let last_segment = self.segments.iter().max().copied().unwrap_or(0);
        let end = self.first + pixels;
        assert!(self.grid.last_start(end) + last_segment + self.segment_len <= self.input.len());
        assert_eq!(self.segments.len() * self.segment_len, self.weights.k);
        let columns = self.channel + self.weights.n;
        assert!(columns <= self.pitch && self.bias.len() >= columns + SLACK);
        let Epilogue { first, residual, second } = self.epilogue;
        assert!(first.fits(columns + SLACK) && second.fits(columns + SLACK));
        assert!(residual.is_none_or(|residual| residual.values.len() >= end * residual.channels));
        let isa = self.weights.isa;
        // SAFETY: the assertions above are what `tile` needs: every segment of every pixel is inside the input, the
        // packed values are `k` rows for every panel, bias and slopes go on for `SLACK` values after the last channel
        // (a panel is at most four vectors of sixteen wide), and output and residual have a row for every pixel.
        unsafe { dispatch(isa, self) };
    }
}

/// Pixels that are multiplied with all panels before the next ones are, so that they stay in the cache.
const RUN: usize = 96;

impl Kernel for Product<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(mut self) {
        let pixels = self.output.len() / self.pitch;
        let mut starts = [0; RUN];
        for run in (0..pixels).step_by(RUN) {
            let starts = &mut starts[..RUN.min(pixels - run)];
            self.grid.starts(self.first + run, starts);
            for panel in &self.weights.panels {
                // SAFETY: as above.
                unsafe { self.panel::<S>(*panel, run, starts) };
            }
        }
    }
}

impl Product<'_> {
    /// # Safety
    /// See [`Product::run`].
    #[inline(always)]
    unsafe fn panel<S: Simd>(&mut self, panel: Panel, run: usize, starts: &[usize]) {
        // SAFETY: the caller's promise.
        unsafe {
            match (S::REGISTERS, S::LANES, panel.vectors) {
                (32, _, 1) => self.strip::<S, 8, 1>(panel, run, starts),
                (32, _, 2) => self.strip::<S, 8, 2>(panel, run, starts),
                (32, _, 3) => self.strip::<S, 8, 3>(panel, run, starts),
                (32, _, _) => self.strip::<S, 6, 4>(panel, run, starts),
                (_, _, 1) => self.strip::<S, 6, 1>(panel, run, starts),
                (_, 8, _) => self.strip::<S, 6, 2>(panel, run, starts),
                _ => self.strip::<S, 4, 2>(panel, run, starts),
            }
        }
    }

    /// # Safety
    /// See [`Product::run`].
    #[inline(always)]
    unsafe fn strip<S: Simd, const M: usize, const N: usize>(
        &mut self,
        panel: Panel,
        run: usize,
        starts: &[usize],
    ) {
        let mut done = 0;
        while done < starts.len() {
            let (pixel, left) = (run + done, &starts[done..]);
            // SAFETY: the caller's promise.
            unsafe {
                if left.len() >= M {
                    self.tile::<S, M, N>(panel, pixel, left);
                    done += M;
                } else if left.len() > 1 {
                    self.tile::<S, 4, N>(panel, pixel, left);
                    done += 4;
                } else {
                    self.tile::<S, 1, N>(panel, pixel, left);
                    done += 1;
                }
            }
        }
    }

    /// `M` pixels (the last ones may not exist: they repeat the last that does and are not stored) times `N` vectors.
    ///
    /// # Safety
    /// See [`Product::run`].
    #[inline(always)]
    unsafe fn tile<S: Simd, const M: usize, const N: usize>(
        &mut self,
        panel: Panel,
        pixel: usize,
        starts: &[usize],
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let channel = self.channel + panel.column;
            let bias = self.bias.as_ptr().add(channel);
            let mut sums = [vectors::<S, N>(bias); M];
            let input = self.input.as_ptr();
            let mut weights = self.weights.values.as_ptr().add(panel.start);
            let mut rows = [input; M];
            for m in 0..M {
                rows[m] = input.add(*starts.get_unchecked(m.min(starts.len() - 1)));
            }
            for &segment in self.segments {
                let mut rows = rows;
                for row in &mut rows {
                    *row = row.add(segment);
                }
                for k in 0..self.segment_len {
                    let columns = vectors::<S, N>(weights);
                    for m in 0..M {
                        let value = S::splat(*rows[m].add(k));
                        for n in 0..N {
                            sums[m][n] = S::mul_add(value, columns[n], sums[m][n]);
                        }
                    }
                    weights = weights.add(N * S::LANES);
                }
            }
            self.finish::<S, M, N>(sums, pixel, channel, self.weights.n - panel.column, starts.len());
        }
    }

    /// # Safety
    /// See [`Product::run`].
    #[inline(always)]
    unsafe fn finish<S: Simd, const M: usize, const N: usize>(
        &mut self,
        mut sums: [[S::V; N]; M],
        pixel: usize,
        channel: usize,
        columns: usize,
        rows: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            self.epilogue.first.step(channel).apply::<S, M, N>(&mut sums);
            if let Some(residual) = self.epilogue.residual {
                let first =
                    residual.values.as_ptr().wrapping_add((self.first + pixel) * residual.channels + channel);
                for n in 0..N {
                    let count = residual.channels.saturating_sub(channel + n * S::LANES);
                    for m in 0..M {
                        let from = first.wrapping_add(m.min(rows - 1) * residual.channels + n * S::LANES);
                        if count >= S::LANES {
                            sums[m][n] = S::add(sums[m][n], S::load(from));
                        } else if count > 0 {
                            sums[m][n] = S::add(sums[m][n], S::load_partial(from, count));
                        }
                    }
                }
            }
            self.epilogue.second.step(channel).apply::<S, M, N>(&mut sums);
            let first = self.output.as_mut_ptr().wrapping_add(pixel * self.pitch + channel);
            for n in 0..N {
                let count = columns.saturating_sub(n * S::LANES);
                for m in 0..M {
                    let to = first.wrapping_add(m * self.pitch + n * S::LANES);
                    if m < rows && count >= S::LANES {
                        S::store(to, sums[m][n]);
                    } else if m < rows && count > 0 {
                        S::store_partial(to, sums[m][n], count);
                    }
                }
            }
        }
    }
}

/// `N` vectors that follow each other. A loop: a closure would not be compiled with the instructions of `S`.
///
/// # Safety
/// The processor has the instructions of `S`; the values can be read.
#[inline(always)]
unsafe fn vectors<S: Simd, const N: usize>(from: *const f32) -> [S::V; N] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut vectors = [S::splat(0.0); N];
        for n in 0..N {
            vectors[n] = S::load(from.add(n * S::LANES));
        }
        vectors
    }
}
