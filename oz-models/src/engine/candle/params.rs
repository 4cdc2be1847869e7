//! Interpretation of the attributes of a node for inputs of known shapes. All numbers of a file are validated
//! here.

use super::fault::Result;
use super::graph::{Node, elements};
use super::kernels::conv::Window;
use super::kernels::resize::Tap;

/// Largest accepted stride, dilation, border, window length and resized length.
const MAX_EXTENT: i64 = 1 << 12;

/// A vertical and a horizontal length from the attribute `name`, each from `least` to [`MAX_EXTENT`].
fn pair(node: &Node, name: &str, default: usize, least: i64) -> Result<[usize; 2]> {
    let Some(values) = node.attributes.ints(name) else { return Ok([default; 2]) };
    match values {
        &[y, x] if [y, x].iter().all(|length| (least..=MAX_EXTENT).contains(length)) => {
            Ok([y as usize, x as usize])
        }
        [_] => Err(node.unsupported("one spatial dimension")),
        _ => Err(node.invalid(format!("{name} = {values:?}"))),
    }
}

/// Window of a convolution or pooling over an image of `size` (height, width), and its number of positions
/// per axis. `kernel` overrides the attribute `kernel_shape`.
pub(super) fn window(
    node: &Node,
    kernel: Option<[usize; 2]>,
    size: [usize; 2],
) -> Result<(Window, [usize; 2])> {
    let kernel = match kernel {
        Some(kernel) => kernel,
        None if node.attributes.ints("kernel_shape").is_none() => {
            return Err(node.invalid("kernel_shape is missing"));
        }
        None => pair(node, "kernel_shape", 1, 1)?,
    };
    if kernel.iter().any(|&length| length == 0 || length as i64 > MAX_EXTENT) {
        return Err(node.invalid(format!("window of size {kernel:?}")));
    }

    let stride = pair(node, "strides", 1, 1)?;
    let dilation = pair(node, "dilations", 1, 1)?;
    let mut window = Window { kernel, stride, dilation, pads: [0; 4] };
    window.pads = pads(node, &window, size)?;

    let mut positions = [0; 2];
    for axis in 0..2 {
        let fits = window.positions(axis, size[axis]);
        positions[axis] =
            fits.ok_or_else(|| node.invalid(format!("the window does not fit an image of size {size:?}")))?;

        let padded = size[axis] + window.pads[axis] + window.pads[axis + 2];
        let rest = (padded - window.extent(axis)) % stride[axis];
        // `ceil_mode` adds a position for the remainder, unless it would begin beyond the image.
        let begins = positions[axis] * stride[axis];
        if node.attributes.int("ceil_mode", 0) != 0 && rest != 0 && begins < size[axis] + window.pads[axis] {
            positions[axis] += 1;
        }
    }

    Ok((window, positions))
}

/// Border of a window: top, left, bottom, right.
fn pads(node: &Node, window: &Window, size: [usize; 2]) -> Result<[usize; 4]> {
    let same = match node.attributes.text("auto_pad", "NOTSET") {
        "NOTSET" => None,
        "VALID" => return Ok([0; 4]),
        "SAME_UPPER" => Some(true),
        "SAME_LOWER" => Some(false),
        other => return Err(node.invalid(format!("auto_pad = {other}"))),
    };

    let Some(upper) = same else {
        let Some(pads) = node.attributes.ints("pads") else { return Ok([0; 4]) };
        let checked = pads.iter().map(|&pad| (0..=MAX_EXTENT).contains(&pad).then_some(pad as usize));
        let checked = checked.collect::<Option<Vec<_>>>().and_then(|pads| pads.try_into().ok());
        return checked.ok_or_else(|| node.invalid(format!("pads = {pads:?}")));
    };

    // `SAME_*`: the output has ceil(size / stride) positions; an odd border is larger at one end.
    let mut pads = [0; 4];
    for axis in 0..2 {
        let positions = size[axis].div_ceil(window.stride[axis]);
        let needed = positions.saturating_sub(1) * window.stride[axis] + window.extent(axis);
        let total = needed.saturating_sub(size[axis]);
        let before = if upper { total / 2 } else { total.div_ceil(2) };
        pads[axis] = before;
        pads[axis + 2] = total - before;
    }

    Ok(pads)
}

/// Output shape of `Reshape`: -1 stands for the remaining length, 0 for the length of the input.
pub(super) fn reshaped(node: &Node, shape: &[usize], wanted: &[i64]) -> Result<Vec<usize>> {
    let invalid = || node.invalid(format!("shape {shape:?} to {wanted:?}"));
    let keep_zeros = node.attributes.int("allowzero", 0) != 0;
    let total = elements(shape)?;

    let mut result = Vec::with_capacity(wanted.len());
    let mut hole = None;
    for (axis, &length) in wanted.iter().enumerate() {
        result.push(match length {
            -1 if hole.replace(axis).is_none() => 1,
            0 if !keep_zeros => *shape.get(axis).ok_or_else(invalid)?,
            length => usize::try_from(length).map_err(|_| invalid())?,
        });
    }

    if let Some(hole) = hole {
        let known = elements(&result)?;
        result[hole] = total.checked_div(known).unwrap_or(0);
    }

    if elements(&result)? == total { Ok(result) } else { Err(invalid()) }
}

/// Index of a dimension; negative numbers count from the back.
pub(super) fn axis(node: &Node, axis: i64, rank: usize) -> Result<usize> {
    let length = rank as i64;
    if !(-length..length).contains(&axis) {
        return Err(node.invalid(format!("axis {axis} of {rank} dimensions")));
    }
    Ok(if axis < 0 { axis + length } else { axis } as usize)
}

/// Indices of distinct dimensions, ascending.
pub(super) fn axes(node: &Node, axes: &[i64], rank: usize) -> Result<Vec<usize>> {
    let mut found = axes.iter().map(|&number| axis(node, number, rank)).collect::<Result<Vec<_>>>()?;
    found.sort_unstable();
    if found.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(node.invalid(format!("axes {axes:?}")));
    }
    Ok(found)
}

/// Permutation of `Transpose`; by default the dimensions are reversed.
pub(super) fn permutation(node: &Node, rank: usize) -> Result<Vec<usize>> {
    let Some(perm) = node.attributes.ints("perm") else { return Ok((0..rank).rev().collect()) };

    let order = perm.iter().map(|&number| axis(node, number, rank)).collect::<Result<Vec<_>>>()?;
    if axes(node, perm, rank)?.len() != rank {
        return Err(node.invalid(format!("perm = {perm:?}")));
    }
    Ok(order)
}

/// Part of a dimension: `length` indices from `start` on, `step` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) step: usize,
    pub(super) length: usize,
}

/// Part of every dimension that `Slice` selects.
pub(super) fn parts(
    node: &Node,
    shape: &[usize],
    starts: &[i64],
    ends: &[i64],
    axes: Option<&[i64]>,
    steps: Option<&[i64]>,
) -> Result<Vec<Part>> {
    let all: Vec<i64> = (0..starts.len() as i64).collect();
    let axes = axes.unwrap_or(&all);
    let ones = vec![1; starts.len()];
    let steps = steps.unwrap_or(&ones);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(node.invalid("starts, ends, axes and steps differ in length"));
    }

    let mut parts: Vec<_> = shape.iter().map(|&length| Part { start: 0, step: 1, length }).collect();
    for (((&start, &end), &number), &step) in starts.iter().zip(ends).zip(axes).zip(steps) {
        let axis = axis(node, number, shape.len())?;
        let length = shape[axis] as i64;
        let clamp = |at: i64| if at < 0 { at.saturating_add(length) } else { at }.clamp(0, length) as usize;
        if step <= 0 {
            return Err(node.unsupported(format!("step {step}")));
        }

        let (start, end, step) = (clamp(start), clamp(end), step as usize);
        let length = end.saturating_sub(start).div_ceil(step);
        // With a single value the step is never taken and may have any size: 1 avoids an overflow of `step *
        // stride`.
        parts[axis] = Part { start, step: if length > 1 { step } else { 1 }, length };
    }
    Ok(parts)
}

/// Borders of `Pad`, `[before, after]` per dimension.
pub(super) fn borders(
    node: &Node,
    rank: usize,
    pads: &[i64],
    axes: Option<&[i64]>,
) -> Result<Vec<[usize; 2]>> {
    if node.attributes.text("mode", "constant") != "constant" {
        return Err(node.unsupported(format!("mode {}", node.attributes.text("mode", ""))));
    }

    let all: Vec<i64> = (0..rank as i64).collect();
    let axes = axes.unwrap_or(&all);
    if pads.len() != 2 * axes.len() {
        return Err(node.invalid(format!("pads = {pads:?}")));
    }

    let mut borders = vec![[0; 2]; rank];
    for (index, &number) in axes.iter().enumerate() {
        let ends = [pads[index], pads[index + axes.len()]];
        if ends.iter().any(|&end| end < 0) {
            return Err(node.unsupported("negative border"));
        }
        if ends.iter().any(|&end| end > MAX_EXTENT) {
            return Err(node.invalid(format!("pads = {pads:?}")));
        }
        borders[axis(node, number, rank)?] = ends.map(|end| end as usize);
    }

    Ok(borders)
}

/// Number of groups of a convolution, validated against its channels.
pub(super) fn groups(node: &Node, inputs: usize, weights: &[usize]) -> Result<usize> {
    let groups = usize::try_from(node.attributes.int("group", 1)).unwrap_or(0);
    let fits = groups > 0
        && weights.len() == 4
        && weights[0] > 0
        && weights[0].is_multiple_of(groups)
        && weights[1].checked_mul(groups) == Some(inputs);
    if fits { Ok(groups) } else { Err(node.invalid(format!("weights {weights:?} for {inputs} channels"))) }
}

/// Taps of `Resize` for the rows and columns of an image of `shape`, `[N, C, H, W]`.
pub(super) fn taps(
    node: &Node,
    shape: &[usize],
    scales: Option<&[f32]>,
    sizes: Option<&[i64]>,
) -> Result<[Vec<Tap>; 2]> {
    let [_, _, height, width] = *shape else { return Err(node.unsupported("an input that is not an image")) };
    if node.attributes.ints("axes").is_some() {
        return Err(node.unsupported("axes"));
    }

    // Resized length and scale of every dimension, `None` if out of bounds.
    let lengths = match (scales, sizes) {
        (Some(scales), None) if scales.len() == 4 => {
            let scaled = |axis: usize| {
                let length = (shape[axis] as f32 * scales[axis]).floor();
                (1.0..=MAX_EXTENT as f32).contains(&length).then_some((length as usize, scales[axis]))
            };
            [scaled(0), scaled(1), scaled(2), scaled(3)]
        }
        (None, Some(sizes)) if sizes.len() == 4 => {
            let sized = |axis: usize| {
                let length = (1..=MAX_EXTENT).contains(&sizes[axis]).then_some(sizes[axis] as usize)?;
                Some((length, length as f32 / shape[axis] as f32))
            };
            [sized(0), sized(1), sized(2), sized(3)]
        }
        _ => return Err(node.invalid("expected four scales or four sizes")),
    };

    let invalid = || node.invalid(format!("{scales:?} {sizes:?} of {shape:?}"));
    let mut taps = [vec![], vec![]];
    for axis in 0..2 {
        if lengths[axis].is_none_or(|(length, _)| length != shape[axis]) {
            return Err(node.unsupported("resizing batch or channels"));
        }
        let (length, scale) = lengths[axis + 2].ok_or_else(invalid)?;
        taps[axis] = axis_taps(node, [height, width][axis], length, scale)?;
    }

    Ok(taps)
}

/// Taps that resize an axis from `length` to `resized` pixels.
fn axis_taps(node: &Node, length: usize, resized: usize, scale: f32) -> Result<Vec<Tap>> {
    let nearest = match node.attributes.text("mode", "nearest") {
        "nearest" => Some(node.attributes.text("nearest_mode", "round_prefer_floor")),
        "linear" => None,
        other => return Err(node.unsupported(format!("mode {other}"))),
    };

    // Position in the input of a position in the output.
    let (from, to) = (length as f32, resized as f32);
    let source: Box<dyn Fn(f32) -> f32> = match node
        .attributes
        .text("coordinate_transformation_mode", "half_pixel")
    {
        "half_pixel" => Box::new(move |x| (x + 0.5) / scale - 0.5),
        "pytorch_half_pixel" => Box::new(move |x| if resized > 1 { (x + 0.5) / scale - 0.5 } else { 0.0 }),
        "asymmetric" => Box::new(move |x| x / scale),
        "align_corners" => Box::new(move |x| if resized > 1 { x * (from - 1.0) / (to - 1.0) } else { 0.0 }),
        other => return Err(node.unsupported(format!("coordinates {other}"))),
    };

    let last = length - 1;
    let tap = |position: usize| {
        let at = source(position as f32);
        let Some(nearest) = nearest else {
            let at = at.clamp(0.0, last as f32);
            let low = (at.floor() as usize).min(last);
            return Ok(Tap { low, high: (low + 1).min(last), weight: at - low as f32 });
        };

        let at = match nearest {
            "round_prefer_floor" => (at - 0.5).ceil(),
            "round_prefer_ceil" => (at + 0.5).floor(),
            "floor" => at.floor(),
            "ceil" => at.ceil(),
            other => return Err(node.invalid(format!("nearest_mode {other}"))),
        };
        let at = (at.max(0.0) as usize).min(last);
        Ok(Tap { low: at, high: at, weight: 0.0 })
    };
    (0..resized).map(tap).collect()
}

/// Shape of two operands broadcast against each other.
pub(super) fn broadcast(node: &Node, left: &[usize], right: &[usize]) -> Result<Vec<usize>> {
    let rank = left.len().max(right.len());
    let length =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
    let dims = (0..rank).map(|axis| match (length(left, axis), length(right, axis)) {
        (left, right) if left == right => Ok(left),
        (1, right) => Ok(right),
        (left, 1) => Ok(left),
        _ => Err(node.invalid(format!("shapes {left:?} and {right:?} cannot be broadcast"))),
    });
    dims.collect()
}
