//! Convolution, pooling, reduction, resizing and `DepthToSpace`.

use candle_core::{Device, Tensor};

use super::{Given, border};
use crate::engine::candle::arguments;
use crate::engine::candle::fault::{Fault, Result};
use crate::engine::candle::graph::elements;
use crate::engine::candle::kernels::conv::Window;
use crate::engine::candle::kernels::resize::Tap;
use crate::engine::candle::params;

impl Given<'_> {
    pub(super) fn conv(&self) -> Result<Tensor> {
        let (x, weights) = (self.image()?, self.number_at(1)?);
        let groups = params::groups(self.node, x.dim(1)?, weights.dims())?;
        let (.., height, width) = weights.dims4()?;
        let (window, _) = params::window(self.node, Some([height, width]), [x.dim(2)?, x.dim(3)?])?;
        let Window { stride: [stride, other_stride], dilation: [dilation, other_dilation], pads, .. } =
            window;
        if stride != other_stride || dilation != other_dilation {
            return Err(self.node.unsupported("unequal strides or dilations on this device"));
        }

        // candle pads all sides equally; other borders are added beforehand.
        let even = pads == [pads[0]; 4];
        let padding = if even { pads[0] } else { 0 };
        let bordered = if even { x.clone() } else { border_image(x, pads, 0.0)? };

        let convolved = if groups > 1 && weights.dims()[..2] == [groups, 1] {
            depthwise(&border_image(&bordered, [padding; 4], 0.0)?, weights, stride, dilation)?
        } else {
            bordered.conv2d(weights, padding, stride, dilation, groups)?
        };

        match self.optional(2) {
            None => Ok(convolved),
            Some(_) => Ok(convolved.broadcast_add(&self.number_at(2)?.reshape((1, (), 1, 1))?)?),
        }
    }

    pub(super) fn pool(&self) -> Result<Tensor> {
        let x = self.image()?;
        let (window, positions) = params::window(self.node, None, [x.dim(2)?, x.dim(3)?])?;
        let Window { kernel, stride, dilation, mut pads } = window;
        if dilation != [1, 1] {
            return Err(self.node.unsupported("dilations on this device"));
        }

        // With `ceil_mode` the last position may need a larger border.
        for axis in 0..2 {
            let needed = (positions[axis] - 1) * stride[axis] + kernel[axis];
            pads[axis + 2] = needed.saturating_sub(x.dim(axis + 2)? + pads[axis]).max(pads[axis + 2]);
        }

        let (kernel, stride) = ((kernel[0], kernel[1]), (stride[0], stride[1]));
        if self.node.operator == "MaxPool" {
            return Ok(border_image(x, pads, f32::NEG_INFINITY)?.max_pool2d_with_stride(kernel, stride)?);
        }

        let mean = |x: &Tensor| border_image(x, pads, 0.0)?.avg_pool2d_with_stride(kernel, stride);
        if self.node.attributes.int("count_include_pad", 0) != 0 {
            if self.node.attributes.int("ceil_mode", 0) != 0 {
                return Err(self.node.unsupported("ceil_mode with counted borders on this device"));
            }
            return Ok(mean(x)?);
        }

        // Dividing by the mean of ones excludes the border from the count.
        Ok((mean(x)? / mean(&x.ones_like()?)?)?)
    }

    pub(super) fn reduce(&self) -> Result<Tensor> {
        let x = self.number()?;
        let axes = arguments::reduced_axes(self.node, x.rank(), self.integers_or(1, "axes")?.as_deref())?;
        let reduced = match self.node.operator.as_str() {
            "ReduceSum" => x.sum_keepdim(axes.as_slice())?,
            _ => x.mean_keepdim(axes.as_slice())?,
        };
        if self.node.attributes.int("keepdims", 1) != 0 {
            return Ok(reduced);
        }

        let kept = (0..x.rank()).filter(|axis| !axes.contains(axis)).map(|axis| x.dims()[axis]);
        Ok(reduced.reshape(kept.collect::<Vec<_>>())?)
    }

    /// Two products with matrices that hold the weights of the taps.
    pub(super) fn resize(&self) -> Result<Tensor> {
        let x = self.image()?;
        let [rows, columns] =
            arguments::resize_taps(self.node, x.dims(), self.optional(2), self.optional(3))?;
        let rows = tap_matrix(&rows, x.dim(2)?, x.device())?;
        let columns = tap_matrix(&columns, x.dim(3)?, x.device())?.t()?;
        Ok(rows.broadcast_matmul(&x.broadcast_matmul(&columns)?)?)
    }

    pub(super) fn depth_to_space(&self) -> Result<Tensor> {
        let (batch, channels, height, width) = self.image()?.dims4()?;
        let (block, column_row_depth) = arguments::depth_block(self.node, channels)?;
        let depth = channels / (block * block);
        let x = self.image()?;

        let blocks = if column_row_depth {
            x.reshape(&[batch, depth, block, block, height, width][..])?.permute(vec![0, 1, 4, 2, 5, 3])?
        } else {
            x.reshape(&[batch, block, block, depth, height, width][..])?.permute(vec![0, 3, 4, 1, 5, 2])?
        };

        Ok(blocks.contiguous()?.reshape((batch, depth, height * block, width * block))?)
    }
}

/// Convolves each channel with its own kernel, tap by tap for all channels at once: candle would process the
/// channels one after the other, with several GPU calls each. `x` includes the border.
fn depthwise(x: &Tensor, weights: &Tensor, stride: usize, dilation: usize) -> Result<Tensor> {
    let (_, channels, height, width) = x.dims4()?;
    let (_, _, kernel_height, kernel_width) = weights.dims4()?;
    let positions = |length: usize, kernel: usize| (length - dilation * (kernel - 1) - 1) / stride + 1;
    let (rows, columns) = (positions(height, kernel_height), positions(width, kernel_width));

    let mut sum: Option<Tensor> = None;
    for row in 0..kernel_height {
        let line = every(x, 2, row * dilation, rows, stride)?;
        for column in 0..kernel_width {
            let tap = weights.narrow(2, row, 1)?.narrow(3, column, 1)?.reshape((1, channels, 1, 1))?;
            let product = every(&line, 3, column * dilation, columns, stride)?.broadcast_mul(&tap)?;
            sum = Some(match sum {
                None => product,
                Some(sum) => (sum + product)?,
            });
        }
    }

    sum.ok_or_else(|| Fault::invalid("a kernel without taps"))
}

/// Selects `count` indices along a dimension, `step` apart.
fn every(x: &Tensor, axis: usize, start: usize, count: usize, step: usize) -> candle_core::Result<Tensor> {
    if step == 1 {
        return x.narrow(axis, start, count);
    }
    let indices: Vec<_> = (0..count).map(|index| (start + index * step) as u32).collect();
    x.index_select(&Tensor::new(indices, x.device())?, axis)
}

/// Adds a border of `value` to an image: top, left, bottom, right.
fn border_image(
    x: &Tensor,
    [top, left, bottom, right]: [usize; 4],
    value: f32,
) -> candle_core::Result<Tensor> {
    border(&border(x, 2, [top, bottom], value)?, 3, [left, right], value)
}

/// Matrix `[taps, length]` that applies the taps to an axis of `length` pixels.
fn tap_matrix(taps: &[Tap], length: usize, device: &Device) -> Result<Tensor> {
    let shape = [taps.len(), length];
    let mut weights = vec![0f32; elements(&shape)?];
    for (row, tap) in weights.chunks_exact_mut(length).zip(taps) {
        row[tap.low] += 1.0 - tap.weight;
        row[tap.high] += tap.weight;
    }
    Ok(Tensor::from_vec(weights, &shape[..], device)?)
}
