//! Lowering of operators that only move values.

use crate::engine::candle::arguments;
use crate::engine::candle::fault::Result;
use crate::engine::candle::graph::{Node, Value, elements};
use crate::engine::candle::kernels::layout;
use crate::engine::candle::params;
use crate::engine::candle::plan::Work;
use crate::engine::candle::planner::{PlannedTensor, Planner, row_major};

impl Planner<'_> {
    pub(super) fn concat(&mut self, node: &Node) -> Result<()> {
        let tensors = (0..node.inputs.len()).map(|position| self.input(node, position));
        let tensors = tensors.collect::<Result<Vec<_>>>()?;
        let first = tensors.first().ok_or_else(|| node.invalid("inputs are missing"))?;
        let (mut shape, order) = (first.shape.clone(), first.order.clone());
        let axis = params::axis(node, node.attributes.int("axis", 0), shape.len())?;
        shape[axis] = 0;

        let mut sources = vec![];
        let mut rows = vec![];
        for tensor in &tensors {
            let mut rest = tensor.shape.clone();
            let length = std::mem::take(rest.get_mut(axis).unwrap_or(&mut 0));
            if rest.iter().zip(&shape).enumerate().any(|(at, (left, right))| at != axis && left != right)
                || rest.len() != shape.len()
            {
                return Err(node.invalid(format!(
                    "shapes {:?} and {:?} cannot be concatenated",
                    tensor.shape, first.shape
                )));
            }

            shape[axis] += length;
            if length == 0 {
                continue;
            }

            // In memory a row is everything from the concatenated dimension inwards.
            let tensor = self.arrange(tensor, &order)?;
            let at = order.iter().position(|&other| other == axis).unwrap_or(0);
            rows.push(order[at..].iter().map(|&axis| tensor.shape[axis]).product());
            sources.push(tensor.source);
        }

        let source = self.step(Work::Join { rows }, sources, elements(&shape)?, 0)?;
        self.set(node.output(), PlannedTensor { shape, order, source });
        Ok(())
    }

    pub(super) fn slice(&mut self, node: &Node) -> Result<()> {
        let tensor = self.input(node, 0)?;
        let missing = || node.invalid("starts or ends are missing");
        let starts = self.known_integers(node, 1, "starts")?.ok_or_else(missing)?;
        let ends = self.known_integers(node, 2, "ends")?.ok_or_else(missing)?;
        let axes = self.known_integers(node, 3, "axes")?;
        let steps = self.known_integers(node, 4, "steps")?;
        let parts = params::parts(node, &tensor.shape, &starts, &ends, axes.as_deref(), steps.as_deref())?;
        self.part(&tensor, &parts, node.output())
    }

    /// Adds a step that copies the selected part of every dimension.
    fn part(&mut self, tensor: &PlannedTensor, parts: &[params::Part], value: Value) -> Result<()> {
        let lengths: Vec<_> = tensor.order.iter().map(|&axis| tensor.shape[axis]).collect();
        let strides = layout::row_major_strides(&lengths);
        let along = tensor.order.iter().zip(strides).map(|(&axis, stride)| (parts[axis], stride));
        let start = along.clone().map(|(part, stride)| part.start * stride).sum();
        let dims = layout::collapse(along.map(|(part, stride)| (part.length, part.step * stride)));

        let shape: Vec<_> = parts.iter().map(|part| part.length).collect();
        let source = self.step(Work::Gather { start, dims }, vec![tensor.source], elements(&shape)?, 0)?;
        self.set(value, PlannedTensor { shape, order: tensor.order.clone(), source });
        Ok(())
    }

    pub(super) fn split(&mut self, node: &Node) -> Result<()> {
        let tensor = self.input(node, 0)?;
        let axis = params::axis(node, node.attributes.int("axis", 0), tensor.shape.len())?;
        let length = tensor.shape[axis];
        let equal = vec![length.div_ceil(node.outputs.len()) as i64; node.outputs.len()];
        let lengths = self.known_integers(node, 1, "split")?.unwrap_or(equal);

        let mut start = 0;
        for (&value, &wanted) in node.outputs.iter().zip(&lengths) {
            let wanted = usize::try_from(wanted).ok().filter(|&wanted| wanted <= length - start);
            let wanted = wanted.ok_or_else(|| node.invalid(format!("{lengths:?} of {length}")))?;

            let whole = tensor.shape.iter().map(|&length| params::Part { start: 0, step: 1, length });
            let mut parts: Vec<_> = whole.collect();
            parts[axis] = params::Part { start, step: 1, length: wanted };
            self.part(&tensor, &parts, value)?;
            start += wanted;
        }

        if start == length && lengths.len() == node.outputs.len() {
            return Ok(());
        }
        Err(node.invalid(format!("{lengths:?} of {length}")))
    }

    /// Borders and border value of a `Pad` node, all of whose parameters must be constants.
    pub(in crate::engine::candle) fn borders(
        &self,
        node: &Node,
        shape: &[usize],
    ) -> Result<(Vec<[usize; 2]>, f32)> {
        let pads = self.known_integers(node, 1, "pads")?;
        let axes = self.known_integers(node, 3, "axes")?;
        if node.input(2).is_some() && self.known(node, 2).is_none() {
            return Err(node.unsupported("a computed value"));
        }
        arguments::borders(node, shape, pads.as_deref(), self.known(node, 2), axes.as_deref())
    }

    pub(super) fn pad(&mut self, node: &Node) -> Result<()> {
        let tensor = self.input(node, 0)?;
        let (borders, value) = self.borders(node, &tensor.shape)?;
        let padded: Vec<_> = tensor
            .shape
            .iter()
            .zip(&borders)
            .map(|(length, [before, after])| before + length + after)
            .collect();

        let along = |values: &[usize]| tensor.order.iter().map(|&axis| values[axis]).collect::<Vec<_>>();

        let starts: Vec<_> = borders.iter().map(|border| border[0]).collect();
        let work = Work::Border {
            value,
            lengths: along(&tensor.shape),
            starts: along(&starts),
            padded: along(&padded),
        };
        if elements(&tensor.shape)? == 0 {
            return Err(node.unsupported("empty tensors"));
        }

        let source = self.step(work, vec![tensor.source], elements(&padded)?, 0)?;
        self.set(node.output(), PlannedTensor { shape: padded, order: tensor.order, source });
        Ok(())
    }

    /// Renames the dimensions; no values are moved.
    pub(super) fn transpose(&mut self, node: &Node) -> Result<()> {
        let tensor = self.input(node, 0)?;
        let permutation = params::permutation(node, tensor.shape.len())?;
        let renamed = |axis: &usize| permutation.iter().position(|other| other == axis).unwrap_or(0);
        let order = tensor.order.iter().map(renamed).collect();
        let shape = permutation.iter().map(|&axis| tensor.shape[axis]).collect();
        self.set(node.output(), PlannedTensor { shape, order, source: tensor.source });
        Ok(())
    }

    pub(super) fn reshape(&mut self, node: &Node) -> Result<()> {
        let tensor = self.input(node, 0)?;
        let tensor = self.arrange(&tensor, &row_major(tensor.shape.len()))?;

        let shape = if node.operator == "Reshape" {
            let wanted =
                self.known_integers(node, 1, "shape")?.ok_or_else(|| node.invalid("the shape is missing"))?;
            params::reshaped(node, &tensor.shape, &wanted)?
        } else {
            let axes = if node.operator == "Flatten" { None } else { self.known_integers(node, 1, "axes")? };
            arguments::flattened(node, &tensor.shape, axes.as_deref())?
        };

        self.set(
            node.output(),
            PlannedTensor { order: row_major(shape.len()), shape, source: tensor.source },
        );
        Ok(())
    }
}
