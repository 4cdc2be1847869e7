//! Two-dimensional convolution, channels last.

use super::activation::Activation;
use super::aligned::Aligned;
use super::depthwise::Depthwise;
use super::gemm::{Epilogue, Grid, Packed, Product, SLACK};
use super::parallel::Threads;
use super::simd::Isa;

/// Window of a convolution or pooling and its movement over an image, `[vertical, horizontal]`, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::candle) struct Window {
    pub(in crate::engine::candle) kernel: [usize; 2],
    pub(in crate::engine::candle) stride: [usize; 2],
    pub(in crate::engine::candle) dilation: [usize; 2],
    /// Top, left, bottom, right.
    pub(in crate::engine::candle) pads: [usize; 4],
}

impl Window {
    /// Number of pixels from the first to the last tap of the window along an axis.
    pub(in crate::engine::candle) fn extent(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// Number of positions of the window along an axis of `length` pixels; `None` if it does not fit.
    pub(in crate::engine::candle) fn positions(&self, axis: usize, length: usize) -> Option<usize> {
        let padded = length + self.pads[axis] + self.pads[axis + 2];
        Some(padded.checked_sub(self.extent(axis))? / self.stride[axis] + 1)
    }

    fn is_pixel(&self) -> bool {
        self.kernel == [1, 1] && self.pads == [0; 4]
    }
}

/// Shape of images, channels last: batch, height, width, channels.
pub(in crate::engine::candle) type ImageShape = [usize; 4];

/// A convolution with packed weights.
#[derive(Debug)]
pub(in crate::engine::candle) enum Convolution {
    /// One input channel per output channel.
    Depthwise(Depthwise),
    /// Any other convolution.
    Dense(Dense),
}

/// A convolution as matrix products, one for every group.
#[derive(Debug)]
pub(in crate::engine::candle) struct Dense {
    groups: Vec<Packed>,
    kernel: [usize; 2],
    /// Whether the taps of a row of the window are consecutive in memory and form one segment, see
    /// [`super::gemm`].
    joined_columns: bool,
    group_inputs: usize,
    group_outputs: usize,
}

impl Convolution {
    /// Packs `weights` of shape `[outputs, inputs / groups, height, width]`.
    ///
    /// # Panics
    /// If the number of weights or of groups does not fit the shape.
    pub(in crate::engine::candle) fn new(
        isa: Isa,
        weights: &[f32],
        shape: [usize; 4],
        groups: usize,
        horizontal_dilation: usize,
    ) -> Self {
        let [outputs, group_inputs, height, width] = shape;
        assert_eq!(weights.len(), outputs * group_inputs * height * width);
        assert!(outputs.is_multiple_of(groups));

        if group_inputs == 1 && groups == outputs {
            return Self::Depthwise(Depthwise::new(isa, weights, outputs, [height, width]));
        }

        // Rows of the packed matrix follow the order of a segment: tap by tap, within a tap channel by
        // channel.
        let group_outputs = outputs / groups;
        let packed = (0..groups).map(|group| {
            Packed::new(isa, group_inputs * height * width, group_outputs, |k, n| {
                let (tap, input) = (k / group_inputs, k % group_inputs);
                let output = group * group_outputs + n;
                weights[(output * group_inputs + input) * height * width + tap]
            })
        });

        Self::Dense(Dense {
            groups: packed.collect(),
            kernel: [height, width],
            joined_columns: groups == 1 && horizontal_dilation == 1,
            group_inputs,
            group_outputs,
        })
    }

    /// Number of output channels.
    pub(in crate::engine::candle) fn outputs(&self) -> usize {
        match self {
            Self::Depthwise(depthwise) => depthwise.channels(),
            Self::Dense(dense) => dense.group_outputs * dense.groups.len(),
        }
    }

    /// Pads the slopes of `activation` to the length that the kernels read.
    pub(in crate::engine::candle) fn prepare(&self, activation: &Activation) -> Activation {
        activation.padded(self.outputs() + SLACK)
    }

    /// Pads `bias` to the length that the kernels read.
    pub(in crate::engine::candle) fn bias(&self, bias: &[f32]) -> Aligned {
        Aligned::from_padded(bias, self.outputs() + SLACK)
    }

    /// Number of values of scratch memory that [`Convolution::run`] needs: the image with its border.
    pub(in crate::engine::candle) fn scratch(&self, window: &Window, shape: ImageShape) -> usize {
        match self {
            Self::Depthwise(_) => 0,
            Self::Dense(_) if window.is_pixel() => 0,
            Self::Dense(_) => padded_shape(window, shape).map_or(0, |shape| shape.iter().product()),
        }
    }

    /// Convolves an image of `shape`. `bias` must be padded by [`Convolution::bias`], the activations of the
    /// epilogue by [`Convolution::prepare`].
    #[expect(clippy::too_many_arguments, reason = "the plan stores them separately; a single caller")]
    pub(in crate::engine::candle) fn run(
        &self,
        threads: &Threads,
        window: &Window,
        (input, shape): (&[f32], ImageShape),
        bias: &[f32],
        epilogue: Epilogue<'_>,
        scratch: &mut [f32],
        output: &mut [f32],
    ) {
        match self {
            Self::Depthwise(depthwise) => {
                depthwise.run(threads, window, (input, shape), bias, epilogue, output);
            }
            Self::Dense(dense) => dense.run(threads, window, (input, shape), bias, epilogue, scratch, output),
        }
    }
}

impl Dense {
    #[expect(clippy::too_many_arguments, reason = "as above")]
    fn run(
        &self,
        threads: &Threads,
        window: &Window,
        (input, shape): (&[f32], ImageShape),
        bias: &[f32],
        epilogue: Epilogue<'_>,
        scratch: &mut [f32],
        output: &mut [f32],
    ) {
        let rows = window.positions(0, shape[1]).unwrap_or(0);
        let columns = window.positions(1, shape[2]).unwrap_or(0);
        let (input, shape) = match padded_shape(window, shape) {
            Some(padded) => (pad(input, shape, padded, window, scratch), padded),
            None => (input, shape),
        };

        let [batch, height, width, channels] = shape;
        let plain = window.kernel == [1, 1] && window.stride == [1, 1];
        // Without a window the pixels of all images are consecutive: one long row.
        let grid = if plain {
            Grid {
                rows: 1,
                columns: batch * rows * columns,
                image_stride: 0,
                row_stride: 0,
                column_stride: channels,
            }
        } else {
            Grid {
                rows,
                columns,
                image_stride: height * width * channels,
                row_stride: window.stride[0] * width * channels,
                column_stride: window.stride[1] * channels,
            }
        };

        let outputs = self.group_outputs * self.groups.len();
        let cost = self.groups.len()
            * self.group_outputs
            * self.group_inputs
            * self.kernel.iter().product::<usize>();

        threads.split(output, outputs, cost, |first, output| {
            for (group, weights) in self.groups.iter().enumerate() {
                let (segments, segment_len) = self.segments(window, width, channels, group);
                Product {
                    input,
                    grid,
                    segments: &segments,
                    segment_len,
                    weights,
                    bias,
                    epilogue,
                    first,
                    pitch: outputs,
                    channel: group * self.group_outputs,
                    output,
                }
                .run();
            }
        });
    }

    /// Offsets of the segments of a pixel for one group, and their length.
    fn segments(&self, window: &Window, width: usize, channels: usize, group: usize) -> (Vec<usize>, usize) {
        let row = window.dilation[0] * width * channels;
        if self.joined_columns {
            return ((0..self.kernel[0]).map(|y| y * row).collect(), self.kernel[1] * channels);
        }

        let taps = (0..self.kernel[0])
            .flat_map(|y| (0..self.kernel[1]).map(move |x| y * row + x * window.dilation[1] * channels));
        (taps.map(|tap| tap + group * self.group_inputs).collect(), self.group_inputs)
    }
}

/// Shape of an image including the border of the window; `None` without a border.
fn padded_shape(window: &Window, [batch, height, width, channels]: ImageShape) -> Option<ImageShape> {
    if window.pads == [0; 4] {
        return None;
    }
    let [top, left, bottom, right] = window.pads;
    Some([batch, height + top + bottom, width + left + right, channels])
}

/// Copies an image into `scratch` with a border of zeros: a product reads all pixels at the same offsets, at
/// the edges as well.
fn pad<'a>(
    input: &[f32],
    [batch, height, width, channels]: ImageShape,
    [_, padded_height, padded_width, _]: ImageShape,
    window: &Window,
    scratch: &'a mut [f32],
) -> &'a [f32] {
    let padded_row = padded_width * channels;
    let scratch = &mut scratch[..batch * padded_height * padded_row];
    let (before, inside) = (window.pads[1] * channels, width * channels);

    for (number, row) in scratch.chunks_exact_mut(padded_row.max(1)).enumerate() {
        let (image, y) = (number / padded_height, number % padded_height);
        match y.checked_sub(window.pads[0]).filter(|&y| y < height) {
            Some(y) => {
                row[..before].fill(0.0);
                row[before..before + inside]
                    .copy_from_slice(&input[(image * height + y) * inside..][..inside]);
                row[before + inside..].fill(0.0);
            }
            None => row.fill(0.0),
        }
    }

    scratch
}
