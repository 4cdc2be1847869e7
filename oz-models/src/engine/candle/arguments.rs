//! Arguments of operators, read from attributes and constant inputs; shared by the planner and `operators`.

use candle_core::Tensor;

use super::fault::Result;
use super::graph::{MAX_RANK, Node, elements, integers, numbers};
use super::kernels::resize::Tap;
use super::params;

/// The shape after `Flatten`, `Squeeze` or `Unsqueeze`.
pub(super) fn flattened(node: &Node, shape: &[usize], axes: Option<&[i64]>) -> Result<Vec<usize>> {
    match node.operator.as_str() {
        "Flatten" => {
            let axis = node.attributes.int("axis", 1);
            let axis =
                if axis == shape.len() as i64 { shape.len() } else { params::axis(node, axis, shape.len())? };

            Ok(vec![elements(&shape[..axis])?, elements(&shape[axis..])?])
        }
        "Squeeze" => {
            let axes = axes.map(|axes| params::axes(node, axes, shape.len())).transpose()?;
            let dropped = |axis: usize| axes.as_ref().map_or(shape[axis] == 1, |axes| axes.contains(&axis));

            if (0..shape.len()).any(|axis| dropped(axis) && shape[axis] != 1) {
                return Err(node.invalid(format!("axes {axes:?} of shape {shape:?}")));
            }

            Ok((0..shape.len()).filter(|&axis| !dropped(axis)).map(|axis| shape[axis]).collect())
        }
        _ => {
            let axes = axes.ok_or_else(|| node.invalid("axes are missing"))?;
            if shape.len() + axes.len() > MAX_RANK {
                return Err(node.invalid(format!("too many axes: {}", axes.len())));
            }

            let mut unsqueezed = shape.to_vec();
            for axis in params::axes(node, axes, shape.len() + axes.len())? {
                unsqueezed.insert(axis, 1);
            }
            Ok(unsqueezed)
        }
    }
}

/// Lower and upper bound of `Clip`; attributes before opset 11, inputs since.
pub(super) fn clip_bounds(node: &Node, low: Option<&Tensor>, high: Option<&Tensor>) -> Result<(f32, f32)> {
    let bound = |tensor: Option<&Tensor>, name: &str, default: f32| match tensor {
        None => Ok(node.attributes.float(name, default)),
        Some(tensor) => numbers(tensor)?.first().copied().ok_or_else(|| node.invalid("empty bound")),
    };
    Ok((bound(low, "min", f32::MIN)?, bound(high, "max", f32::MAX)?))
}

/// Scale and shift per channel of `BatchNormalization`; `values` are scale, shift, mean and variance.
pub(super) fn normalisation(
    node: &Node,
    channels: usize,
    values: &[Vec<f32>],
) -> Result<(Vec<f32>, Vec<f32>)> {
    if channels == 0 || values.len() != 4 || values.iter().any(|values| values.len() != channels) {
        return Err(node.invalid(format!("parameters do not fit {channels} channels")));
    }

    let epsilon = node.attributes.float("epsilon", 1e-5);
    let scales = (0..channels).map(|channel| values[0][channel] / (values[3][channel] + epsilon).sqrt());
    let scales: Vec<f32> = scales.collect();
    let shifts = (0..channels).map(|channel| values[1][channel] - values[2][channel] * scales[channel]);
    let shifts = shifts.collect();
    Ok((scales, shifts))
}

/// Dimensions to reduce; without `axes` all of them, or none with `noop_with_empty_axes`.
pub(super) fn reduced_axes(node: &Node, rank: usize, axes: Option<&[i64]>) -> Result<Vec<usize>> {
    match axes {
        Some(axes) if !axes.is_empty() => params::axes(node, axes, rank),
        _ if node.attributes.int("noop_with_empty_axes", 0) != 0 => Ok(vec![]),
        _ => Ok((0..rank).collect()),
    }
}

/// Taps of `Resize` for rows and columns. An empty input counts as absent.
pub(super) fn resize_taps(
    node: &Node,
    shape: &[usize],
    scales: Option<&Tensor>,
    sizes: Option<&Tensor>,
) -> Result<[Vec<Tap>; 2]> {
    let scales = scales.filter(|tensor| tensor.elem_count() > 0).map(numbers).transpose()?;
    let sizes = sizes.filter(|tensor| tensor.elem_count() > 0).map(integers).transpose()?;
    params::taps(node, shape, scales.as_deref(), sizes.as_deref())
}

/// Borders of `Pad` per dimension, `[before, after]`, and their value.
pub(super) fn borders(
    node: &Node,
    shape: &[usize],
    pads: Option<&[i64]>,
    value: Option<&Tensor>,
    axes: Option<&[i64]>,
) -> Result<(Vec<[usize; 2]>, f32)> {
    let pads = pads.ok_or_else(|| node.invalid("pads are missing"))?;
    let value = match value {
        None => node.attributes.float("value", 0.0),
        Some(value) => numbers(value)?.first().copied().unwrap_or(0.0),
    };

    let borders = params::borders(node, shape.len(), pads, axes)?;
    let padded: Vec<_> =
        borders.iter().zip(shape).map(|([before, after], length)| before + length + after).collect();
    elements(&padded)?;

    Ok((borders, value))
}

/// Block size of `DepthToSpace`, and whether its mode is `CRD` (depth is the outermost part of the channels).
pub(super) fn depth_block(node: &Node, channels: usize) -> Result<(usize, bool)> {
    let block = usize::try_from(node.attributes.int("blocksize", 0)).unwrap_or(0);
    let fits = (1..=64).contains(&block) && channels.is_multiple_of(block * block);
    let mode = node.attributes.text("mode", "DCR");
    if !fits || !["DCR", "CRD"].contains(&mode) {
        return Err(node.invalid(format!("blocksize {block}, mode {mode}, {channels} channels")));
    }
    Ok((block, mode == "CRD"))
}
