//! Evaluation of every operator on candle tensors, on any device.
//!
//! Used to fold constants while a model is planned, to run operators without a kernel, and to run whole
//! networks on a GPU. Integers (shapes, axes) stay on the CPU.

mod arithmetic;
mod image;
mod movement;

use candle_core::{DType, Tensor};

use self::arithmetic::{prelu, sigmoid};
use super::arguments;
use super::fault::{Fault, Result};
use super::graph::{Node, elements, integers};
use super::params;

/// Operators that [`evaluate`] supports.
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

/// Computes the outputs of a node.
pub(super) fn evaluate(node: &Node, opset: i64, inputs: &[Option<&Tensor>]) -> Result<Vec<Tensor>> {
    evaluate_within(node, opset, inputs, usize::MAX)
}

/// As [`evaluate`], but operators that enlarge their inputs may output at most `most` values: a few bytes of
/// a file can request millions.
///
/// # Errors
/// [`Fault::Unsupported`] beyond `most`, for unknown operators and unsupported uses; [`Fault::Invalid`] for
/// inputs that do not fit.
pub(super) fn evaluate_within(
    node: &Node,
    opset: i64,
    inputs: &[Option<&Tensor>],
    most: usize,
) -> Result<Vec<Tensor>> {
    let given = Given { node, opset, inputs, most };
    if node.operator == "Split" {
        return given.split();
    }

    Ok(vec![given.evaluate()?])
}

/// A node with the values of its inputs.
struct Given<'a> {
    node: &'a Node,
    opset: i64,
    inputs: &'a [Option<&'a Tensor>],
    most: usize,
}

impl Given<'_> {
    fn input(&self, position: usize) -> Result<&Tensor> {
        self.optional(position).ok_or_else(|| self.node.invalid(format!("input {position} is missing")))
    }

    /// Refuses an output of more than `most` values.
    fn ensure_within_limit(&self, shape: &[usize]) -> Result<()> {
        if elements(shape)? > self.most {
            return Err(self.node.unsupported(format!("{shape:?} as a computed constant")));
        }
        Ok(())
    }

    fn optional(&self, position: usize) -> Option<&Tensor> {
        self.inputs.get(position).copied().flatten()
    }

    fn integers(&self, position: usize) -> Result<Option<Vec<i64>>> {
        self.optional(position).map(integers).transpose()
    }

    /// Integers of an input or, as in older operator sets, of the attribute `name`.
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
            "PRelu" => self.prelu()?,
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
                let wanted = self.integers(1)?.ok_or_else(|| self.node.invalid("the shape is missing"))?;
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

    /// The first input, which must be `f32`.
    fn number(&self) -> Result<&Tensor> {
        self.number_at(0)
    }

    fn number_at(&self, position: usize) -> Result<&Tensor> {
        let tensor = self.input(position)?;
        if tensor.dtype() == DType::F32 { Ok(tensor) } else { Err(self.node.unsupported("integers")) }
    }

    /// The first input, which must be an `f32` image, `[N, C, H, W]`.
    fn image(&self) -> Result<&Tensor> {
        let tensor = self.number()?;
        if tensor.rank() != 4 {
            return Err(self.node.unsupported(format!("an input of {} dimensions", tensor.rank())));
        }
        Ok(tensor)
    }
}

/// Adds a border of `value` to `x` along one dimension.
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
