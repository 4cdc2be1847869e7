//! What moves values without changing them.

use crate::engine::candle::arguments;
use crate::engine::candle::fault::Result;
use crate::engine::candle::graph::{Node, Value, elements};
use crate::engine::candle::kernels::layout;
use crate::engine::candle::params;
use crate::engine::candle::plan::Work;
use crate::engine::candle::planner::{Place, Planner, row_major};

impl Planner<'_> {
    pub(super) fn concat(&mut self, node: &Node) -> Result<()> {
        let places = (0..node.inputs.len()).map(|position| self.input(node, position));
        let places = places.collect::<Result<Vec<_>>>()?;
        let first = places.first().ok_or_else(|| node.invalid("no input"))?;
        let (mut shape, order) = (first.shape.clone(), first.order.clone());
        let axis = params::axis(node, node.attributes.int("axis", 0), shape.len())?;
        shape[axis] = 0;
        let mut sources = vec![];
        let mut rows = vec![];
        for place in &places {
            let mut rest = place.shape.clone();
            let length = std::mem::take(rest.get_mut(axis).unwrap_or(&mut 0));
            if rest.iter().zip(&shape).enumerate().any(|(at, (left, right))| at != axis && left != right)
                || rest.len() != shape.len()
            {
                return Err(node.invalid(format!("{:?} beside {:?}", place.shape, first.shape)));
            }
            shape[axis] += length;
            if length == 0 {
                continue;
            }
            let place = self.arrange(place, &order)?;
            let at = order.iter().position(|&other| other == axis).unwrap_or(0);
            rows.push(order[at..].iter().map(|&axis| place.shape[axis]).product());
            sources.push(place.source);
        }
        let source = self.step(Work::Join { rows }, sources, elements(&shape)?, 0)?;
        self.set(node.output(), Place { shape, order, source });
        Ok(())
    }

    pub(super) fn slice(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let missing = || node.invalid("starts or ends are missing");
        let starts = self.known_integers(node, 1, "starts")?.ok_or_else(missing)?;
        let ends = self.known_integers(node, 2, "ends")?.ok_or_else(missing)?;
        let axes = self.known_integers(node, 3, "axes")?;
        let steps = self.known_integers(node, 4, "steps")?;
        let parts = params::parts(node, &place.shape, &starts, &ends, axes.as_deref(), steps.as_deref())?;
        self.part(&place, &parts, node.output())
    }

    fn part(&mut self, place: &Place, parts: &[params::Part], value: Value) -> Result<()> {
        let lengths: Vec<_> = place.order.iter().map(|&axis| place.shape[axis]).collect();
        let strides = layout::row_major_strides(&lengths);
        let along = place.order.iter().zip(strides).map(|(&axis, stride)| (parts[axis], stride));
        let start = along.clone().map(|(part, stride)| part.start * stride).sum();
        let dims = layout::collapse(along.map(|(part, stride)| (part.length, part.step * stride)));
        let shape: Vec<_> = parts.iter().map(|part| part.length).collect();
        let source = self.step(Work::Gather { start, dims }, vec![place.source], elements(&shape)?, 0)?;
        self.set(value, Place { shape, order: place.order.clone(), source });
        Ok(())
    }

    pub(super) fn split(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let axis = params::axis(node, node.attributes.int("axis", 0), place.shape.len())?;
        let length = place.shape[axis];
        let equal = vec![length.div_ceil(node.outputs.len()) as i64; node.outputs.len()];
        let lengths = self.known_integers(node, 1, "split")?.unwrap_or(equal);
        let mut start = 0;
        for (&value, &wanted) in node.outputs.iter().zip(&lengths) {
            let wanted = usize::try_from(wanted).ok().filter(|&wanted| wanted <= length - start);
            let wanted = wanted.ok_or_else(|| node.invalid(format!("{lengths:?} of {length}")))?;
            let whole = place.shape.iter().map(|&length| params::Part { start: 0, step: 1, length });
            let mut parts: Vec<_> = whole.collect();
            parts[axis] = params::Part { start, step: 1, length: wanted };
            self.part(&place, &parts, value)?;
            start += wanted;
        }
        if start == length && lengths.len() == node.outputs.len() {
            return Ok(());
        }
        Err(node.invalid(format!("{lengths:?} of {length}")))
    }

    /// The borders of a `Pad` node, if all is known.
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
        let place = self.input(node, 0)?;
        let (borders, value) = self.borders(node, &place.shape)?;
        let padded: Vec<_> = place
            .shape
            .iter()
            .zip(&borders)
            .map(|(length, [before, after])| before + length + after)
            .collect();
        let along = |values: &[usize]| place.order.iter().map(|&axis| values[axis]).collect::<Vec<_>>();
        let starts: Vec<_> = borders.iter().map(|border| border[0]).collect();
        let work = Work::Border {
            value,
            lengths: along(&place.shape),
            starts: along(&starts),
            padded: along(&padded),
        };
        if elements(&place.shape)? == 0 {
            return Err(node.unsupported("tensors without values"));
        }
        let source = self.step(work, vec![place.source], elements(&padded)?, 0)?;
        self.set(node.output(), Place { shape: padded, order: place.order, source });
        Ok(())
    }

    pub(super) fn transpose(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let permutation = params::permutation(node, place.shape.len())?;
        let renamed = |axis: &usize| permutation.iter().position(|other| other == axis).unwrap_or(0);
        let order = place.order.iter().map(renamed).collect();
        let shape = permutation.iter().map(|&axis| place.shape[axis]).collect();
        self.set(node.output(), Place { shape, order, source: place.source });
        Ok(())
    }

    pub(super) fn reshape(&mut self, node: &Node) -> Result<()> {
        let place = self.input(node, 0)?;
        let place = self.arrange(&place, &row_major(place.shape.len()))?;
        let shape = if node.operator == "Reshape" {
            let wanted = self.known_integers(node, 1, "shape")?.ok_or_else(|| node.invalid("no shape"))?;
            params::reshaped(node, &place.shape, &wanted)?
        } else {
            let axes = if node.operator == "Flatten" { None } else { self.known_integers(node, 1, "axes")? };
            arguments::flattened(node, &place.shape, axes.as_deref())?
        };
        self.set(node.output(), Place { order: row_major(shape.len()), shape, source: place.source });
        Ok(())
    }
}
