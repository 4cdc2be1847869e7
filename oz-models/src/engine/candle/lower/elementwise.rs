//! Lowering of elementwise operators.

use std::sync::Arc;

use super::{collapse, per_channel};
use crate::engine::candle::arguments;
use crate::engine::candle::fault::Result;
use crate::engine::candle::graph::{Node, elements};
use crate::engine::candle::kernels::activation::Activation;
use crate::engine::candle::kernels::elementwise::{Binary, Unary};
use crate::engine::candle::kernels::layout;
use crate::engine::candle::params;
use crate::engine::candle::plan::Work;
use crate::engine::candle::planner::{PlannedTensor, Planner, channels_last};

impl Planner<'_> {
    /// The activation of a node applied to tensors of `shape` with channels at `axis`; `None` if it is not an
    /// activation or has computed parameters.
    pub(in crate::engine::candle) fn activation_of(
        &self,
        node: &Node,
        shape: &[usize],
        axis: usize,
    ) -> Result<Option<Activation>> {
        // A single slope is expanded to every channel: a small file must not demand much memory.
        const MAX_CHANNELS: usize = 1 << 20;

        let channels = shape.get(axis).copied().unwrap_or(1);
        Ok(match node.operator.as_str() {
            "LeakyRelu" | "PRelu" if channels > MAX_CHANNELS => None,
            "Relu" => Some(Activation::Relu),
            "LeakyRelu" => Some(Activation::PRelu(vec![node.attributes.float("alpha", 0.01); channels])),
            "PRelu" => match self.known(node, 1) {
                Some(slopes) => per_channel(slopes, shape, axis)?.map(Activation::PRelu),
                None => None,
            },
            "Clip" => {
                let computed =
                    |position| node.input(position).is_some() && self.known(node, position).is_none();
                if computed(1) || computed(2) {
                    return Ok(None);
                }

                let (low, high) = arguments::clip_bounds(node, self.known(node, 1), self.known(node, 2))?;
                Some(Activation::Clip(low, high))
            }
            _ => None,
        })
    }

    pub(super) fn activation(&mut self, node: &Arc<Node>) -> Result<()> {
        let tensor = self.input(node, 0)?;
        let rank = tensor.shape.len();
        let axis = usize::from(rank > 1);
        let Some(activation) = self.activation_of(node, &tensor.shape, axis)? else {
            return self.fall_back(node);
        };

        // Slopes are applied per channel, so channels have to be innermost.
        let tensor = if matches!(activation, Activation::PRelu(_)) {
            self.arrange(&tensor, &channels_last(rank))?
        } else {
            tensor
        };

        let channels = tensor.shape.get(axis).copied().unwrap_or(1);
        self.pointwise(node, Work::Activate { activation, channels }, tensor)
    }

    pub(super) fn unary(&mut self, node: &Node, function: Unary) -> Result<()> {
        let tensor = self.input(node, 0)?;
        self.pointwise(node, Work::Map(function), tensor)
    }

    /// Adds a step whose output has the shape and memory order of its input.
    fn pointwise(&mut self, node: &Node, work: Work, tensor: PlannedTensor) -> Result<()> {
        let source = self.step(work, vec![tensor.source], elements(&tensor.shape)?, 0)?;
        self.set(node.output(), PlannedTensor { source, ..tensor });
        Ok(())
    }

    /// Broadcasts two operands. The result takes the memory order of the larger operand, so that at most the
    /// smaller one is copied.
    pub(super) fn binary(&mut self, node: &Arc<Node>) -> Result<()> {
        let function = match node.operator.as_str() {
            "Add" => Binary::Add,
            "Sub" => Binary::Sub,
            "Mul" => Binary::Mul,
            "Div" => Binary::Div,
            "Max" => Binary::Max,
            "Min" => Binary::Min,
            _ => Binary::Pow,
        };
        if node.inputs.len() != 2 {
            return Err(node.unsupported(format!("{} inputs", node.inputs.len())));
        }

        let (left, right) = (self.input(node, 0)?, self.input(node, 1)?);
        let shape = params::broadcast(node, &left.shape, &right.shape)?;
        let length = elements(&shape)?;

        let larger = if elements(&left.shape)? >= elements(&right.shape)? { &left } else { &right };
        let missing = shape.len() - larger.shape.len();
        let order: Vec<_> = (0..missing).chain(larger.order.iter().map(|axis| axis + missing)).collect();

        let (left, left_strides) = self.operand(&left, &order)?;
        let (right, right_strides) = self.operand(&right, &order)?;
        let dims = order.iter().zip(left_strides.into_iter().zip(right_strides));
        let dims = collapse(dims.map(|(&axis, (left, right))| [shape[axis], left, right]));

        let source =
            self.step(Work::Combine { function, dims }, vec![left.source, right.source], length, 0)?;
        self.set(node.output(), PlannedTensor { shape, order, source });
        Ok(())
    }

    /// An operand in the memory order `order` of the result, and its strides along those dimensions: 0 where
    /// it repeats.
    fn operand(&mut self, tensor: &PlannedTensor, order: &[usize]) -> Result<(PlannedTensor, Vec<usize>)> {
        let missing = order.len() - tensor.shape.len();
        let own: Vec<_> = order.iter().filter_map(|axis| axis.checked_sub(missing)).collect();
        let tensor = self.arrange(tensor, &own)?;

        let lengths: Vec<_> = own.iter().map(|&axis| tensor.shape[axis]).collect();
        let mut strides = layout::row_major_strides(&lengths).into_iter().zip(lengths);
        let stride = |axis: &usize| {
            let (stride, length) = if *axis < missing { (0, 1) } else { strides.next().unwrap_or((0, 1)) };
            if length == 1 { 0 } else { stride }
        };
        let strides = order.iter().map(stride).collect();

        Ok((tensor, strides))
    }
}

/// The function of a node that maps single values; `None` for other operators.
pub(super) fn unary(node: &Node) -> Option<Unary> {
    let attribute = |name, default| node.attributes.float(name, default);
    Some(match node.operator.as_str() {
        "Neg" => Unary::Neg,
        "Sqrt" => Unary::Sqrt,
        "Reciprocal" => Unary::Reciprocal,
        "Sigmoid" => Unary::Sigmoid,
        "Tanh" => Unary::Tanh,
        "Exp" => Unary::Exp,
        "Abs" => Unary::Abs,
        "Log" => Unary::Log,
        "HardSigmoid" => Unary::HardSigmoid(attribute("alpha", 0.2), attribute("beta", 0.5)),
        "HardSwish" => Unary::HardSwish,
        _ => return None,
    })
}
