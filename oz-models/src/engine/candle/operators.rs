//! Every operator on plain candle tensors, on any device.
//!
//! Three users: constants are folded with it when a model is planned, the planner gives it what has no kernel of its
//! own, and on a GPU it runs the whole network. Integers (shapes, axes) stay on the processor.

use candle_core::{D, DType, Device, Tensor};

use super::arguments;
use super::fault::{Fault, Result};
use super::graph::{Node, elements, integers, numbers};
use super::kernels::conv::Window;
use super::kernels::resize::Tap;
use super::params;

/// Names of all operators that [`evaluate`] knows.
pub(super) const KNOWN: &[&str] = &[
    "Abs",
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Concat",
    "ConstantOfShape",
    "Conv",
    "DepthToSpace",
    "Div",
    "Dropout",
    "Exp",
    "Expand",
    "Flatten",
    "Gather",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LeakyRelu",
    "Log",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "PRelu",
    "Pad",
    "Pow",
    "Reciprocal",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Resize",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
];

/// What a node makes of its inputs.
pub(super) fn evaluate(node: &Node, opset: i64, inputs: &[Option<&Tensor>]) -> Result<Vec<Tensor>> {
    let given = Given { node, opset, inputs };
    if node.operator == "Split" {
        return given.split();
    }
    Ok(vec![given.evaluate()?])
}

struct Given<'a> {
    node: &'a Node,
    opset: i64,
    inputs: &'a [Option<&'a Tensor>],
}

impl Given<'_> {
    fn input(&self, position: usize) -> Result<&Tensor> {
        self.optional(position).ok_or_else(|| self.node.invalid(format!("input {position} is missing")))
    }

    fn optional(&self, position: usize) -> Option<&Tensor> {
        self.inputs.get(position).copied().flatten()
    }

    fn integers(&self, position: usize) -> Result<Option<Vec<i64>>> {
        self.optional(position).map(integers).transpose()
    }

    /// The integers of an input or, before it became one, of an attribute.
    fn integers_or(&self, position: usize, name: &str) -> Result<Option<Vec<i64>>> {
        let attribute = self.node.attributes.ints(name).map(<[i64]>::to_vec);
        Ok(self.integers(position)?.or(attribute))
    }

    fn evaluate(&self) -> Result<Tensor> {
        let x = self.input(0)?;
        let attributes = &self.node.attributes;
        Ok(match self.node.operator.as_str() {
            "Identity" | "Dropout" => x.clone(),
            "Relu" => self.number()?.relu()?,
            "Neg" => self.number()?.neg()?,
            "Abs" => self.number()?.abs()?,
            "Sqrt" => self.number()?.sqrt()?,
            "Exp" => self.number()?.exp()?,
            "Log" => self.number()?.log()?,
            "Tanh" => self.number()?.tanh()?,
            "Reciprocal" => self.number()?.recip()?,
            "Sigmoid" => sigmoid(self.number()?)?,
            "LeakyRelu" => {
                let slope = attributes.float("alpha", 0.01);
                prelu(self.number()?, &Tensor::new(slope, self.number()?.device())?)?
            }
            "HardSigmoid" => {
                let (alpha, beta) = (attributes.float("alpha", 0.2), attributes.float("beta", 0.5));
                self.number()?.affine(alpha.into(), beta.into())?.clamp(0f32, 1f32)?
            }
            "HardSwish" => {
                let x = self.number()?;
                (x * x.affine(1.0 / 6.0, 0.5)?.clamp(0f32, 1f32)?)?
            }
            "PRelu" => prelu(self.number()?, self.number_at(1)?)?,
            "Clip" => self.clip()?,
            "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" | "Pow" => self.arithmetic()?,
            "Softmax" => self.softmax()?,
            "MatMul" => self.matmul()?,
            "Gemm" => self.gemm()?,
            "BatchNormalization" => self.batch_normalization()?,
            "Conv" => self.conv()?,
            "MaxPool" | "AveragePool" => self.pool()?,
            "GlobalAveragePool" => self.image()?.mean_keepdim((2, 3))?,
            "GlobalMaxPool" => self.image()?.max_keepdim(2)?.max_keepdim(3)?,
            "ReduceMean" | "ReduceSum" => self.reduce()?,
            "Resize" => self.resize()?,
            "Cast" => self.cast()?,
            "Shape" => self.shape()?,
            "ConstantOfShape" => self.constant_of_shape()?,
            "Expand" => self.expand()?,
            "Reshape" => {
                let wanted = self.integers(1)?.ok_or_else(|| self.node.invalid("no shape"))?;
                x.reshape(params::reshaped(self.node, x.dims(), &wanted)?)?
            }
            "Flatten" | "Squeeze" | "Unsqueeze" => {
                let axes = self.integers_or(1, "axes")?;
                x.reshape(arguments::flattened(self.node, x.dims(), axes.as_deref())?)?
            }
            "Transpose" => x.permute(params::permutation(self.node, x.rank())?)?.contiguous()?,
            "Concat" => self.concat()?,
            "Gather" => self.gather()?,
            "Slice" => self.slice()?,
            "Pad" => self.pad()?,
            "DepthToSpace" => self.depth_to_space()?,
            other => return Err(Fault::unsupported(other)),
        })
    }

    fn number(&self) -> Result<&Tensor> {
        self.number_at(0)
    }

    fn number_at(&self, position: usize) -> Result<&Tensor> {
        let tensor = self.input(position)?;
        if tensor.dtype() == DType::F32 { Ok(tensor) } else { Err(self.node.unsupported("integers")) }
    }

    fn image(&self) -> Result<&Tensor> {
        let tensor = self.number()?;
        if tensor.rank() != 4 {
            return Err(self.node.unsupported(format!("an input of {} dimensions", tensor.rank())));
        }
        Ok(tensor)
    }

    fn arithmetic(&self) -> Result<Tensor> {
        let (left, right) = (self.input(0)?, self.input(1)?);
        if self.inputs.len() > 2 {
            return Err(self.node.unsupported("more than two inputs"));
        }
        elements(&params::broadcast(self.node, left.dims(), right.dims())?)?;
        if left.dtype() == DType::I64 && right.dtype() == DType::I64 {
            return self.integer_arithmetic(left, right);
        }
        let (left, right) = (self.number()?, self.number_at(1)?);
        Ok(match self.node.operator.as_str() {
            "Add" => left.broadcast_add(right)?,
            "Sub" => left.broadcast_sub(right)?,
            "Mul" => left.broadcast_mul(right)?,
            "Div" => left.broadcast_div(right)?,
            "Max" => left.broadcast_maximum(right)?,
            "Min" => left.broadcast_minimum(right)?,
            _ => left.broadcast_pow(right)?,
        })
    }

    /// Without the overflow that a file could provoke.
    fn integer_arithmetic(&self, left: &Tensor, right: &Tensor) -> Result<Tensor> {
        let shape = params::broadcast(self.node, left.dims(), right.dims())?;
        let left = integers(&left.broadcast_as(shape.as_slice())?.contiguous()?)?;
        let right = integers(&right.broadcast_as(shape.as_slice())?.contiguous()?)?;
        let pairs = left.into_iter().zip(right);
        let function: fn(i64, i64) -> Option<i64> = match self.node.operator.as_str() {
            "Add" => i64::checked_add,
            "Sub" => i64::checked_sub,
            "Mul" => i64::checked_mul,
            "Div" => i64::checked_div,
            "Max" => |left, right| Some(left.max(right)),
            "Min" => |left, right| Some(left.min(right)),
            _ => return Err(self.node.unsupported("integers")),
        };
        let values = pairs.map(|(left, right)| function(left, right)).collect::<Option<Vec<_>>>();
        Ok(Tensor::from_vec(values.ok_or_else(|| self.node.invalid("overflow"))?, shape, &Device::Cpu)?)
    }

    fn clip(&self) -> Result<Tensor> {
        let (low, high) = arguments::clip_bounds(self.node, self.optional(1), self.optional(2))?;
        Ok(self.number()?.clamp(low, high)?)
    }

    fn softmax(&self) -> Result<Tensor> {
        let x = self.number()?;
        let axis = params::axis(
            self.node,
            self.node.attributes.int("axis", if self.opset < 13 { 1 } else { -1 }),
            x.rank(),
        )?;
        if self.opset < 13 && axis + 1 != x.rank() {
            return Err(self.node.unsupported("several dimensions at once"));
        }
        Ok(candle_nn::ops::softmax(x, axis)?)
    }

    fn matmul(&self) -> Result<Tensor> {
        let (left, right) = (self.number()?, self.number_at(1)?);
        if left.rank() < 2 || right.rank() < 2 {
            return Err(self.node.unsupported("a vector"));
        }
        if left.dim(D::Minus1)? != right.dim(D::Minus2)? {
            return Err(self.node.invalid(format!("{:?} times {:?}", left.dims(), right.dims())));
        }
        Ok(left.broadcast_matmul(right)?)
    }

    fn gemm(&self) -> Result<Tensor> {
        let attributes = &self.node.attributes;
        let flip = |tensor: &Tensor, name| -> Result<Tensor> {
            if tensor.rank() != 2 {
                return Err(self.node.invalid("no matrix"));
            }
            Ok(if attributes.int(name, 0) != 0 { tensor.t()?.contiguous()? } else { tensor.clone() })
        };
        let left = flip(self.number()?, "transA")?;
        let right = flip(self.number_at(1)?, "transB")?;
        if left.dim(1)? != right.dim(0)? {
            return Err(self.node.invalid(format!("{:?} times {:?}", left.dims(), right.dims())));
        }
        let product = left.matmul(&right)?.affine(attributes.float("alpha", 1.0).into(), 0.0)?;
        match self.optional(2) {
            None => Ok(product),
            Some(_) => {
                let addend = self.number_at(2)?.affine(attributes.float("beta", 1.0).into(), 0.0)?;
                Ok(product.broadcast_add(&addend)?)
            }
        }
    }

    fn batch_normalization(&self) -> Result<Tensor> {
        let x = self.number()?;
        let values = (1..5).map(|position| numbers(self.number_at(position)?)).collect::<Result<Vec<_>>>()?;
        let channels = x.dims().get(1).copied().unwrap_or(0);
        let (scale, shift) = arguments::normalisation(self.node, channels, &values)?;
        let mut shape = vec![1; x.rank()];
        shape[1] = channels;
        let scale = Tensor::from_vec(scale, shape.as_slice(), x.device())?;
        let shift = Tensor::from_vec(shift, shape.as_slice(), x.device())?;
        Ok(x.broadcast_mul(&scale)?.broadcast_add(&shift)?)
    }

    fn conv(&self) -> Result<Tensor> {
        let (x, weights) = (self.image()?, self.number_at(1)?);
        let groups = params::groups(self.node, x.dim(1)?, weights.dims())?;
        let (.., height, width) = weights.dims4()?;
        let (window, _) = params::window(self.node, Some([height, width]), [x.dim(2)?, x.dim(3)?])?;
        let Window { stride: [stride, other_stride], dilation: [dilation, other_dilation], pads, .. } =
            window;
        if stride != other_stride || dilation != other_dilation {
            return Err(self.node.unsupported("unequal strides or dilations on this device"));
        }
        let even = pads == [pads[0]; 4];
        let padding = if even { pads[0] } else { 0 };
        let bordered = if even { x.clone() } else { border_image(x, pads, 0.0)? };
        let convolved = bordered.conv2d(weights, padding, stride, dilation, groups)?;
        match self.optional(2) {
            None => Ok(convolved),
            Some(_) => Ok(convolved.broadcast_add(&self.number_at(2)?.reshape((1, (), 1, 1))?)?),
        }
    }

    fn pool(&self) -> Result<Tensor> {
        let x = self.image()?;
        let (window, positions) = params::window(self.node, None, [x.dim(2)?, x.dim(3)?])?;
        let Window { kernel, stride, dilation, mut pads } = window;
        if dilation != [1, 1] {
            return Err(self.node.unsupported("dilations on this device"));
        }
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
        Ok((mean(x)? / mean(&x.ones_like()?)?)?)
    }

    fn reduce(&self) -> Result<Tensor> {
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

    /// As two products with matrices that hold the weights of the taps.
    fn resize(&self) -> Result<Tensor> {
        let x = self.image()?;
        let [rows, columns] =
            arguments::resize_taps(self.node, x.dims(), self.optional(2), self.optional(3))?;
        let rows = tap_matrix(&rows, x.dim(2)?, x.device())?;
        let columns = tap_matrix(&columns, x.dim(3)?, x.device())?.t()?;
        Ok(rows.broadcast_matmul(&x.broadcast_matmul(&columns)?)?)
    }

    fn cast(&self) -> Result<Tensor> {
        let x = self.input(0)?;
        Ok(match self.node.attributes.int("to", 0) {
            1 => x.to_dtype(DType::F32)?,
            6 | 7 => x.to_dtype(DType::I64)?,
            other => return Err(self.node.unsupported(format!("to data type {other}"))),
        })
    }

    fn shape(&self) -> Result<Tensor> {
        let dims: Vec<i64> = self.input(0)?.dims().iter().map(|&length| length as i64).collect();
        let rank = dims.len() as i64;
        let at = |name, default: i64| {
            let at = self.node.attributes.int(name, default);
            (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize
        };
        let (start, end) = (at("start", 0), at("end", rank));
        Ok(Tensor::new(&dims[start..end.max(start)], &Device::Cpu)?)
    }

    fn wanted_shape(&self, position: usize) -> Result<Vec<usize>> {
        let wanted = self.integers(position)?.ok_or_else(|| self.node.invalid("no shape"))?;
        let shape =
            wanted.iter().map(|&length| usize::try_from(length)).collect::<std::result::Result<Vec<_>, _>>();
        let shape = shape.map_err(|_| self.node.invalid(format!("shape {wanted:?}")))?;
        elements(&shape)?;
        Ok(shape)
    }

    fn constant_of_shape(&self) -> Result<Tensor> {
        let shape = self.wanted_shape(0)?;
        let zero = Tensor::new(&[0f32], &Device::Cpu)?;
        let value = self.node.attributes.tensor("value").unwrap_or(&zero);
        if value.elem_count() != 1 {
            return Err(self.node.invalid("more than one value"));
        }
        Ok(value.reshape(())?.broadcast_as(shape)?.contiguous()?)
    }

    fn expand(&self) -> Result<Tensor> {
        let wanted = self.wanted_shape(1)?;
        let shape = params::broadcast(self.node, self.input(0)?.dims(), &wanted)?;
        elements(&shape)?;
        Ok(self.input(0)?.broadcast_as(shape)?.contiguous()?)
    }

    fn concat(&self) -> Result<Tensor> {
        let tensors =
            (0..self.inputs.len()).map(|position| self.input(position)).collect::<Result<Vec<_>>>()?;
        let rank = self.input(0)?.rank();
        let axis = params::axis(self.node, self.node.attributes.int("axis", 0), rank)?;
        Ok(Tensor::cat(&tensors, axis)?)
    }

    fn gather(&self) -> Result<Tensor> {
        let (x, wanted) = (self.input(0)?, self.input(1)?);
        let axis = params::axis(self.node, self.node.attributes.int("axis", 0), x.rank())?;
        let length = x.dims()[axis] as i64;
        let index = |index: i64| {
            let index = if index < 0 { index.saturating_add(length) } else { index };
            (0..length).contains(&index).then_some(index)
        };
        let indices = integers(wanted)?.into_iter().map(index).collect::<Option<Vec<_>>>();
        let indices = indices.ok_or_else(|| self.node.invalid("an index is outside"))?;
        let mut shape = x.dims().to_vec();
        shape.splice(axis..=axis, wanted.dims().iter().copied());
        elements(&shape)?;
        let indices = Tensor::new(indices.as_slice(), x.device())?;
        Ok(x.contiguous()?.index_select(&indices, axis)?.reshape(shape)?)
    }

    fn slice(&self) -> Result<Tensor> {
        let x = self.input(0)?;
        let missing = || self.node.invalid("starts or ends are missing");
        let starts = self.integers_or(1, "starts")?.ok_or_else(missing)?;
        let ends = self.integers_or(2, "ends")?.ok_or_else(missing)?;
        let (axes, steps) = (self.integers_or(3, "axes")?, self.integers(4)?);
        let parts = params::parts(self.node, x.dims(), &starts, &ends, axes.as_deref(), steps.as_deref())?;
        let mut sliced = x.clone();
        for (axis, part) in parts.iter().enumerate() {
            sliced = match part.step {
                1 => sliced.narrow(axis, part.start.min(x.dims()[axis]), part.length)?,
                step => {
                    let indices = (0..part.length).map(|index| (part.start + index * step) as i64);
                    let indices = Tensor::new(indices.collect::<Vec<_>>().as_slice(), x.device())?;
                    sliced.contiguous()?.index_select(&indices, axis)?
                }
            };
        }
        Ok(sliced.contiguous()?)
    }

    fn split(&self) -> Result<Vec<Tensor>> {
        let x = self.input(0)?;
        let axis = params::axis(self.node, self.node.attributes.int("axis", 0), x.rank())?;
        let count = self.node.outputs.len();
        let lengths = match self.integers_or(1, "split")? {
            Some(lengths) => lengths,
            None if x.dims()[axis].is_multiple_of(count) => vec![(x.dims()[axis] / count) as i64; count],
            None => return Err(self.node.unsupported("unequal parts")),
        };
        if lengths.len() != count {
            return Err(self.node.invalid(format!("{count} outputs for {lengths:?}")));
        }
        let mut start = 0;
        let part = |length: i64| {
            let left = x.dims()[axis] - start;
            let length = usize::try_from(length).ok().filter(|&length| length <= left);
            let length = length.ok_or_else(|| self.node.invalid(format!("{lengths:?} of {:?}", x.dims())))?;
            start += length;
            Ok(x.narrow(axis, start - length, length)?.contiguous()?)
        };
        lengths.iter().copied().map(part).collect()
    }

    fn pad(&self) -> Result<Tensor> {
        let x = self.number()?;
        let (pads, axes) = (self.integers_or(1, "pads")?, self.integers(3)?);
        let (borders, value) =
            arguments::borders(self.node, x.dims(), pads.as_deref(), self.optional(2), axes.as_deref())?;
        let mut padded = x.clone();
        for (axis, ends) in borders.into_iter().enumerate() {
            padded = border(&padded, axis, ends, value)?;
        }
        Ok(padded)
    }

    fn depth_to_space(&self) -> Result<Tensor> {
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

fn sigmoid(x: &Tensor) -> Result<Tensor> {
    Ok(candle_nn::ops::sigmoid(x)?)
}

fn prelu(x: &Tensor, slope: &Tensor) -> Result<Tensor> {
    let negative = x.minimum(&x.zeros_like()?)?;
    Ok((x.relu()? + negative.broadcast_mul(slope)?)?)
}

fn border_image(
    x: &Tensor,
    [top, left, bottom, right]: [usize; 4],
    value: f32,
) -> candle_core::Result<Tensor> {
    border(&border(x, 2, [top, bottom], value)?, 3, [left, right], value)
}

fn border(x: &Tensor, axis: usize, [before, after]: [usize; 2], value: f32) -> candle_core::Result<Tensor> {
    let part = |length: usize| {
        let mut shape = x.dims().to_vec();
        shape[axis] = length;
        Tensor::full(value, shape, x.device())
    };
    match (before, after) {
        (0, 0) => Ok(x.clone()),
        (_, 0) => Tensor::cat(&[&part(before)?, x], axis),
        (0, _) => Tensor::cat(&[x, &part(after)?], axis),
        _ => Tensor::cat(&[&part(before)?, x, &part(after)?], axis),
    }
}

fn tap_matrix(taps: &[Tap], length: usize, device: &Device) -> Result<Tensor> {
    let shape = [taps.len(), length];
    let mut weights = vec![0f32; elements(&shape)?];
    for (row, tap) in weights.chunks_exact_mut(length).zip(taps) {
        row[tap.low] += 1.0 - tap.weight;
        row[tap.high] += tap.weight;
    }
    Ok(Tensor::from_vec(weights, &shape[..], device)?)
}
