//! Arithmetic, products and normalisation.

use candle_core::{DType, Device, Tensor};

use super::Given;
use crate::engine::candle::arguments;
use crate::engine::candle::fault::Result;
use crate::engine::candle::graph::{elements, integers, numbers};
use crate::engine::candle::params;

impl Given<'_> {
    pub(super) fn arithmetic(&self) -> Result<Tensor> {
        let (left, right) = (self.input(0)?, self.input(1)?);
        if self.inputs.len() > 2 {
            return Err(self.node.unsupported("more than two inputs"));
        }

        self.ensure_within_limit(&params::broadcast(self.node, left.dims(), right.dims())?)?;
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

    /// Checked arithmetic: a file could otherwise provoke an overflow.
    fn integer_arithmetic(&self, left: &Tensor, right: &Tensor) -> Result<Tensor> {
        let shape = params::broadcast(self.node, left.dims(), right.dims())?;
        let left = integers(&left.broadcast_as(shape.as_slice())?.contiguous()?)?;
        let right = integers(&right.broadcast_as(shape.as_slice())?.contiguous()?)?;
        let function: fn(i64, i64) -> Option<i64> = match self.node.operator.as_str() {
            "Add" => i64::checked_add,
            "Sub" => i64::checked_sub,
            "Mul" => i64::checked_mul,
            "Div" => i64::checked_div,
            "Max" => |left, right| Some(left.max(right)),
            "Min" => |left, right| Some(left.min(right)),
            _ => return Err(self.node.unsupported("integers")),
        };

        let pairs = left.into_iter().zip(right);
        let values = pairs.map(|(left, right)| function(left, right)).collect::<Option<Vec<_>>>();
        Ok(Tensor::from_vec(values.ok_or_else(|| self.node.invalid("overflow"))?, shape, &Device::Cpu)?)
    }

    pub(super) fn clip(&self) -> Result<Tensor> {
        let (low, high) = arguments::clip_bounds(self.node, self.optional(1), self.optional(2))?;
        Ok(self.number()?.clamp(low, high)?)
    }

    pub(super) fn softmax(&self) -> Result<Tensor> {
        let x = self.number()?;
        let axis = params::axis(
            self.node,
            self.node.attributes.int("axis", if self.opset < 13 { 1 } else { -1 }),
            x.rank(),
        )?;
        // Before opset 13 `Softmax` flattens all dimensions from `axis` on.
        if self.opset < 13 && axis + 1 != x.rank() {
            return Err(self.node.unsupported("more than one dimension"));
        }
        Ok(candle_nn::ops::softmax(x, axis)?)
    }

    pub(super) fn matmul(&self) -> Result<Tensor> {
        let (left, right) = (self.number()?, self.number_at(1)?);
        if left.rank() < 2 || right.rank() < 2 {
            return Err(self.node.unsupported("a vector"));
        }
        let outer = self.ensure_affordable(left, right)?;
        product(left, right, outer)
    }

    /// Refuses a product whose shapes do not fit or that needs too much memory or more than 2^32
    /// multiplications, which a small file could request. Returns the outer dimensions of the product.
    fn ensure_affordable(&self, left: &Tensor, right: &Tensor) -> Result<Vec<usize>> {
        const MAX_MULTIPLICATIONS: usize = 1 << 32;
        let refused =
            |why: &str| self.node.invalid(format!("{:?} times {:?}{why}", left.dims(), right.dims()));

        let (outer, [rows, inner]) = matrices(left)?;
        let (other, [same, columns]) = matrices(right)?;
        let outer = params::broadcast(self.node, outer, other)?;
        let batch = elements(&outer)?;
        if inner != same || [batch, rows, inner, columns].contains(&0) {
            return Err(refused(""));
        }

        // A matrix shared by the whole stack is not copied, see `product`.
        let copies = |stack: &Tensor| if is_shared(stack) { 1 } else { batch };
        elements(&[copies(left), rows, inner])?;
        elements(&[copies(right), inner, columns])?;
        elements(&[batch, rows, columns])?;

        match (batch * rows * columns).checked_mul(inner) {
            Some(work) if work <= MAX_MULTIPLICATIONS => Ok(outer),
            _ => Err(refused(" takes too many multiplications")),
        }
    }

    pub(super) fn prelu(&self) -> Result<Tensor> {
        let (x, slope) = (self.number()?, self.number_at(1)?);
        if params::broadcast(self.node, x.dims(), slope.dims())? != x.dims() {
            return Err(self.node.invalid(format!("slopes {:?} for {:?}", slope.dims(), x.dims())));
        }
        prelu(x, slope)
    }

    pub(super) fn gemm(&self) -> Result<Tensor> {
        let attributes = &self.node.attributes;
        let flip = |tensor: &Tensor, name| -> Result<Tensor> {
            if tensor.rank() != 2 {
                return Err(self.node.invalid("an operand is not a matrix"));
            }
            Ok(if attributes.int(name, 0) != 0 { tensor.t()?.contiguous()? } else { tensor.clone() })
        };

        let left = flip(self.number()?, "transA")?;
        let right = flip(self.number_at(1)?, "transB")?;
        self.ensure_affordable(&left, &right)?;

        let product = left.matmul(&right)?.affine(attributes.float("alpha", 1.0).into(), 0.0)?;
        match self.optional(2) {
            None => Ok(product),
            Some(_) => {
                let addend = self.number_at(2)?;
                if params::broadcast(self.node, product.dims(), addend.dims())? != product.dims() {
                    let dims = (addend.dims(), product.dims());
                    return Err(self.node.invalid(format!("{:?} added to {:?}", dims.0, dims.1)));
                }
                let addend = addend.affine(attributes.float("beta", 1.0).into(), 0.0)?;
                Ok(product.broadcast_add(&addend)?)
            }
        }
    }

    pub(super) fn batch_normalization(&self) -> Result<Tensor> {
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
}

/// Outer dimensions of a stack of matrices, and their `[rows, columns]`.
fn matrices(stack: &Tensor) -> Result<(&[usize], [usize; 2])> {
    let (outer, matrix) = stack.dims().split_at(stack.rank() - 2);
    Ok((outer, [matrix[0], matrix[1]]))
}

/// Whether a stack holds a single matrix, which is multiplied with all members of another stack.
fn is_shared(stack: &Tensor) -> bool {
    stack.dims()[..stack.rank() - 2].iter().all(|&length| length == 1)
}

/// Product of two stacks of matrices. A matrix that a whole stack shares is not copied for each member, of
/// which there may be thousands.
fn product(left: &Tensor, right: &Tensor, outer: Vec<usize>) -> Result<Tensor> {
    if is_shared(right) {
        let (_, [inner, columns]) = matrices(right)?;
        let (_, [rows, _]) = matrices(left)?;
        let right = right.reshape((inner, columns))?;
        let flat = left.contiguous()?.reshape(((), inner))?.matmul(&right)?;
        return Ok(flat.reshape([outer, vec![rows, columns]].concat())?);
    }
    if is_shared(left) {
        return Ok(product(&right.t()?, &left.t()?, outer)?.t()?.contiguous()?);
    }
    Ok(left.broadcast_matmul(right)?)
}

pub(super) fn sigmoid(x: &Tensor) -> Result<Tensor> {
    Ok(candle_nn::ops::sigmoid(x)?)
}

pub(super) fn prelu(x: &Tensor, slope: &Tensor) -> Result<Tensor> {
    let negative = x.minimum(&x.zeros_like()?)?;
    Ok((x.relu()? + negative.broadcast_mul(slope)?)?)
}
