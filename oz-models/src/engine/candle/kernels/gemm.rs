//! Matrix products: pixels times packed weights.
//!
//! The left matrix is read in place. A row of it belongs to a pixel of the output and consists of segments of
//! consecutive values of the input, at the same offsets for every pixel. A 1 x 1 convolution has one segment
//! (the channels of a pixel), a 3 x 3 convolution one for every row of its window; therefore no image is
//! unfolded in memory (`im2col`).
//!
//! The loops from outside to inside: runs of [`RUN`] pixels, panels of columns, tiles of `M` pixels by `N`
//! vectors of columns whose sums stay in registers.

use super::activation::Activation;
use super::aligned::Aligned;
use super::simd::{Isa, Kernel, Simd, dispatch};

/// Number of padding values after slopes and biases, so that kernels can read whole vectors: the widest tile,
/// four vectors of 16 values.
pub(super) const SLACK: usize = 64;

/// The right matrix, `[k, n]`, packed in panels of a few vectors of columns: within a panel, in the order in
/// which a tile reads it, row by row.
#[derive(Debug)]
pub(super) struct Packed {
    isa: Isa,
    k: usize,
    n: usize,
    panels: Vec<Panel>,
    values: Aligned,
}

/// Some adjacent columns of the right matrix.
#[derive(Debug, Clone, Copy)]
struct Panel {
    /// First column.
    column: usize,
    /// Width in vectors.
    vectors: usize,
    /// Offset of its first packed value.
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

/// Splits `n` columns into as few panels as possible, of widths that differ by at most one vector.
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

/// Start offsets of the rows of the left matrix, one for every pixel of the output. `rows` and `columns` are
/// the size of an output image, the strides offsets in the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) image_stride: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl Grid {
    /// Fills `starts` with the start offsets of the pixels from `first` on.
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

    /// Upper bound of the start offsets of the pixels before `end`.
    fn last_start(&self, end: usize) -> usize {
        let images = end.div_ceil(self.rows * self.columns);
        images.saturating_sub(1) * self.image_stride
            + (self.rows - 1) * self.row_stride
            + (self.columns - 1) * self.column_stride
    }
}

/// A tensor that is added to the output. With fewer channels than the output, it counts as 0 in the missing
/// ones.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::candle) struct Residual<'a> {
    pub(in crate::engine::candle) values: &'a [f32],
    pub(in crate::engine::candle) channels: usize,
}

/// Operations applied to the sums before they are stored: `second(first(sum) + residual)`.
#[derive(Clone, Copy)]
pub(in crate::engine::candle) struct Epilogue<'a> {
    pub(in crate::engine::candle) first: &'a Activation,
    pub(in crate::engine::candle) residual: Option<Residual<'a>>,
    pub(in crate::engine::candle) second: &'a Activation,
}

/// Product of the pixels from `first` on with a packed matrix.
pub(super) struct Product<'a> {
    pub(super) input: &'a [f32],
    pub(super) grid: Grid,
    /// Offsets of the segments from the start of a pixel, and the length of each.
    pub(super) segments: &'a [usize],
    pub(super) segment_len: usize,
    pub(super) weights: &'a Packed,
    /// One value per output channel, then [`SLACK`] values of padding; slopes likewise.
    pub(super) bias: &'a [f32],
    pub(super) epilogue: Epilogue<'a>,
    /// First pixel of `output`.
    pub(super) first: usize,
    /// Distance between pixels of the output, and first channel of this product in each.
    pub(super) pitch: usize,
    pub(super) channel: usize,
    pub(super) output: &'a mut [f32],
}

impl Product<'_> {
    /// Computes the product.
    ///
    /// # Panics
    /// If a slice is shorter than the shapes require.
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
        // SAFETY: the assertions above guarantee what `tile` requires: every segment of every pixel is inside
        // the input, every panel has `k` packed rows, bias and slopes are padded with `SLACK` values (a panel
        // is at most four vectors of 16 values wide), and output and residual have a row for every pixel.
        unsafe { dispatch(isa, self) };
    }
}

/// Number of pixels that are multiplied with all panels before the next ones, so that they stay in the cache.
/// A multiple of the tile heights 8, 6 and 4, so that only the last run has a remainder.
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
                // SAFETY: the caller guarantees it.
                unsafe { self.panel::<S>(*panel, run, starts) };
            }
        }
    }
}

impl Product<'_> {
    /// Multiplies a run of pixels with a panel.
    ///
    /// A tile has to fit in the vector registers: `M * N` sums, `N` vectors of weights and one broadcast
    /// value of the input. 8 x 3 takes 28 and 6 x 4 takes 29 of 32 registers; 6 x 2 takes 15 of 16.
    ///
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

    /// Multiplies a run of pixels with a panel in tiles of `M` pixels; the remainder in tiles of four, a
    /// single last pixel alone.
    ///
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

    /// Multiplies `M` pixels with `N` vectors of columns. If fewer than `M` pixels are left, the last one is
    /// computed repeatedly but stored once, so that the height of the tile is a compile-time constant.
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
                    // A panel is packed in this order.
                    weights = weights.add(N * S::LANES);
                }
            }

            self.finish::<S, M, N>(sums, pixel, channel, self.weights.n - panel.column, starts.len());
        }
    }

    /// Applies the epilogue to the sums of a tile and stores its first `rows` pixels and `columns` channels.
    ///
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
                // May point past the end for a channel or pixel that does not exist; it is then not read.
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

/// Loads `N` consecutive vectors. A loop, because a closure would not be compiled for the instruction set of
/// `S`.
///
/// # Safety
/// The processor supports `S`, and the values can be read.
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
