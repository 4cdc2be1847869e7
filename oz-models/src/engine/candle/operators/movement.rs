//! Operators that move values without changing them, and operators on shapes.

use candle_core::{DType, Device, Tensor};

use super::{Given, border};
use crate::engine::candle::arguments;
use crate::engine::candle::fault::Result;
use crate::engine::candle::graph::integers;
use crate::engine::candle::params;

impl Given<'_> {
    pub(super) fn cast(&self) -> Result<Tensor> {
        let x = self.input(0)?;
        Ok(match self.node.attributes.int("to", 0) {
            1 => x.to_dtype(DType::F32)?,
            6 | 7 => x.to_dtype(DType::I64)?,
            other => return Err(self.node.unsupported(format!("to data type {other}"))),
        })
    }

    pub(super) fn shape(&self) -> Result<Tensor> {
        let dims: Vec<i64> = self.input(0)?.dims().iter().map(|&length| length as i64).collect();
        let rank = dims.len() as i64;
        let at = |name, default: i64| {
            let at = self.node.attributes.int(name, default);
            (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize
        };

        let (start, end) = (at("start", 0), at("end", rank));
        Ok(Tensor::new(&dims[start..end.max(start)], &Device::Cpu)?)
    }

    /// The shape that an input states, within the limit on values.
    fn wanted_shape(&self, position: usize) -> Result<Vec<usize>> {
        let wanted = self.integers(position)?.ok_or_else(|| self.node.invalid("the shape is missing"))?;
        let shape =
            wanted.iter().map(|&length| usize::try_from(length)).collect::<std::result::Result<Vec<_>, _>>();
        let shape = shape.map_err(|_| self.node.invalid(format!("shape {wanted:?}")))?;
        self.ensure_within_limit(&shape)?;
        Ok(shape)
    }

    pub(super) fn constant_of_shape(&self) -> Result<Tensor> {
        let shape = self.wanted_shape(0)?;
        let zero = Tensor::new(&[0f32], &Device::Cpu)?;
        let value = self.node.attributes.tensor("value").unwrap_or(&zero);
        if value.elem_count() != 1 {
            return Err(self.node.invalid("more than one value"));
        }

        // `contiguous` keeps the zero stride of a dimension of length 1, by which later operators would
        // divide.
        Ok(value.reshape(())?.broadcast_as(shape)?.force_contiguous()?)
    }

    pub(super) fn expand(&self) -> Result<Tensor> {
        let wanted = self.wanted_shape(1)?;
        let shape = params::broadcast(self.node, self.input(0)?.dims(), &wanted)?;
        self.ensure_within_limit(&shape)?;
        Ok(self.input(0)?.broadcast_as(shape)?.force_contiguous()?)
    }

    pub(super) fn concat(&self) -> Result<Tensor> {
        let tensors =
            (0..self.inputs.len()).map(|position| self.input(position)).collect::<Result<Vec<_>>>()?;
        let rank = self.input(0)?.rank();
        let axis = params::axis(self.node, self.node.attributes.int("axis", 0), rank)?;
        Ok(Tensor::cat(&tensors, axis)?)
    }

    pub(super) fn gather(&self) -> Result<Tensor> {
        let (x, wanted) = (self.input(0)?, self.input(1)?);
        let axis = params::axis(self.node, self.node.attributes.int("axis", 0), x.rank())?;
        let length = x.dims()[axis] as i64;

        let index = |index: i64| {
            let index = if index < 0 { index.saturating_add(length) } else { index };
            (0..length).contains(&index).then_some(index)
        };
        let indices = integers(wanted)?.into_iter().map(index).collect::<Option<Vec<_>>>();
        let indices = indices.ok_or_else(|| self.node.invalid("an index is out of bounds"))?;

        let mut shape = x.dims().to_vec();
        shape.splice(axis..=axis, wanted.dims().iter().copied());
        self.ensure_within_limit(&shape)?;

        let indices = Tensor::new(indices.as_slice(), x.device())?;
        Ok(x.contiguous()?.index_select(&indices, axis)?.reshape(shape)?)
    }

    pub(super) fn slice(&self) -> Result<Tensor> {
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

    pub(super) fn split(&self) -> Result<Vec<Tensor>> {
        let x = self.input(0)?;
        let axis = params::axis(self.node, self.node.attributes.int("axis", 0), x.rank())?;
        let count = self.node.outputs.len();
        let lengths = match self.integers_or(1, "split")? {
            Some(lengths) => lengths,
            None if x.dims()[axis].is_multiple_of(count) => vec![(x.dims()[axis] / count) as i64; count],
            None => return Err(self.node.unsupported("parts of unequal length")),
        };
        if lengths.len() != count {
            return Err(self.node.invalid(format!("{count} outputs for lengths {lengths:?}")));
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

    pub(super) fn pad(&self) -> Result<Tensor> {
        let x = self.number()?;
        let (pads, axes) = (self.integers_or(1, "pads")?, self.integers(3)?);
        let (borders, value) =
            arguments::borders(self.node, x.dims(), pads.as_deref(), self.optional(2), axes.as_deref())?;
        let lengths = x.dims().iter().zip(&borders);
        self.ensure_within_limit(
            &lengths.map(|(length, [before, after])| before + length + after).collect::<Vec<_>>(),
        )?;

        let mut padded = x.clone();
        for (axis, ends) in borders.into_iter().enumerate() {
            padded = border(&padded, axis, ends, value)?;
        }

        Ok(padded)
    }
}
