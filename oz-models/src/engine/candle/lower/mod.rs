//! Lowering: turns every node into steps of the plan.

mod elementwise;
mod image;
mod linear;
mod movement;

use std::sync::Arc;

use candle_core::Tensor;

use self::elementwise::unary;
use super::fault::Result;
use super::graph::{Node, elements, integers, numbers};
use super::kernels::conv::ImageShape;
use super::planner::{PlannedTensor, Planner, channels_last};

impl Planner<'_> {
    /// Adds the steps of the node with index `number`.
    pub(super) fn lower(&mut self, number: usize, node: &Arc<Node>) -> Result<()> {
        match node.operator.as_str() {
            "Conv" => self.conv(number, node),
            "MatMul" | "Gemm" => self.product(number, node),
            "BatchNormalization" => self.normalise(number, node),
            "Relu" | "PRelu" | "Clip" | "LeakyRelu" => self.activation(node),
            "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min" | "Pow" => self.binary(node),
            "MaxPool" | "AveragePool" => self.pool(node),
            "GlobalAveragePool" | "ReduceMean" | "ReduceSum" => self.reduce(node),
            "Resize" => self.resize(node),
            "DepthToSpace" => self.depth_to_space(node),
            "Concat" => self.concat(node),
            "Slice" => self.slice(node),
            "Split" => self.split(node),
            "Pad" => self.pad(node),
            "Transpose" => self.transpose(node),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => self.reshape(node),
            "Identity" | "Dropout" => {
                let tensor = self.input(node, 0)?;
                self.set(node.output(), tensor);
                Ok(())
            }
            _ => match unary(node) {
                Some(function) => self.unary(node, function),
                None => self.fall_back(node),
            },
        }
    }

    /// A required input.
    pub(super) fn input(&mut self, node: &Node, position: usize) -> Result<PlannedTensor> {
        let value =
            node.input(position).ok_or_else(|| node.invalid(format!("input {position} is missing")))?;
        self.tensor(value)
    }

    /// The first input, which must be an image, channels last.
    fn image(&mut self, node: &Node) -> Result<(PlannedTensor, ImageShape)> {
        let tensor = self.input(node, 0)?;
        let &[batch, channels, height, width] = tensor.shape.as_slice() else {
            return Err(node.unsupported(format!("an input of {} dimensions", tensor.shape.len())));
        };

        if elements(&tensor.shape)? == 0 {
            return Err(node.unsupported("empty tensors"));
        }

        Ok((self.arrange(&tensor, &channels_last(4))?, [batch, height, width, channels]))
    }

    /// An input as a constant; `None` if it is computed or omitted.
    fn known(&self, node: &Node, position: usize) -> Option<&Tensor> {
        self.constant(node.input(position)?)
    }

    /// Integers of a constant input or, if the input is omitted, of the attribute `name`. Operator sets moved
    /// them from attributes to inputs.
    fn known_integers(&self, node: &Node, position: usize, name: &str) -> Result<Option<Vec<i64>>> {
        match (node.input(position), self.known(node, position)) {
            (_, Some(tensor)) => Ok(Some(integers(tensor)?)),
            (Some(_), None) => Err(node.unsupported(format!("computed {name}"))),
            (None, None) => Ok(node.attributes.ints(name).map(<[i64]>::to_vec)),
        }
    }
}

/// The value of a constant for every channel of `shape`, if it varies along `axis` only; otherwise `None`.
pub(super) fn per_channel(constant: &Tensor, shape: &[usize], axis: usize) -> Result<Option<Vec<f32>>> {
    let channels = shape.get(axis).copied().unwrap_or(1);
    let Some(missing) = shape.len().checked_sub(constant.rank()) else { return Ok(None) };

    let fits = constant
        .dims()
        .iter()
        .enumerate()
        .all(|(at, &length)| length == 1 || (at + missing == axis && length == channels));
    if !fits {
        return Ok(None);
    }

    let values = numbers(constant)?;
    Ok(match values.as_slice() {
        [value] => Some(vec![*value; channels]),
        values => (values.len() == channels).then(|| values.to_vec()),
    })
}

/// Merges adjacent dimensions where both strides allow it; dimensions of length 1 are dropped. `dims` are
/// `[length, stride, stride]`, outermost first.
fn collapse(dims: impl Iterator<Item = [usize; 3]>) -> Vec<[usize; 3]> {
    let mut collapsed: Vec<[usize; 3]> = vec![];
    for [length, left, right] in dims.filter(|dim| dim[0] != 1) {
        match collapsed.last_mut() {
            Some(outer) if outer[1] == length * left && outer[2] == length * right => {
                *outer = [outer[0] * length, left, right];
            }
            _ => collapsed.push([length, left, right]),
        }
    }
    collapsed
}
