//! A decoded network: numbered values, nodes in topological order.

use std::collections::HashMap;

use candle_core::{DType, Tensor};
use oz_core::inference::Signature;

use super::fault::{Fault, Result};

/// Number of a value: an input, a constant or an output of a node.
pub(super) type Value = usize;

#[derive(Debug)]
pub(super) struct Graph {
    pub(super) signature: Signature,
    pub(super) opset: i64,
    pub(super) nodes: Vec<Node>,
    pub(super) inputs: Vec<Value>,
    pub(super) outputs: Vec<Value>,
    /// Element type `f32` or `i64`, on the CPU.
    pub(super) constants: HashMap<Value, Tensor>,
    /// Number of values.
    pub(super) values: usize,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) operator: String,
    pub(super) inputs: Vec<Option<Value>>,
    pub(super) outputs: Vec<Value>,
    pub(super) attributes: Attributes,
}

impl Node {
    pub(super) fn input(&self, position: usize) -> Option<Value> {
        self.inputs.get(position).copied().flatten()
    }

    pub(super) fn output(&self) -> Value {
        self.outputs[0]
    }

    pub(super) fn invalid(&self, detail: impl std::fmt::Display) -> Fault {
        Fault::Invalid(format!("{}: {detail}", self.operator))
    }

    pub(super) fn unsupported(&self, detail: impl std::fmt::Display) -> Fault {
        Fault::Unsupported(format!("{} ({detail})", self.operator))
    }
}

#[derive(Debug, Clone)]
pub(super) enum Attribute {
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Tensor(Tensor),
}

#[derive(Debug, Default)]
pub(super) struct Attributes(pub(super) HashMap<String, Attribute>);

impl Attributes {
    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        match self.0.get(name) {
            Some(Attribute::Int(value)) => *value,
            _ => default,
        }
    }

    pub(super) fn float(&self, name: &str, default: f32) -> f32 {
        match self.0.get(name) {
            Some(Attribute::Float(value)) => *value,
            _ => default,
        }
    }

    pub(super) fn text(&self, name: &str, default: &'static str) -> &str {
        match self.0.get(name) {
            Some(Attribute::Text(value)) => value,
            _ => default,
        }
    }

    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.0.get(name) {
            Some(Attribute::Ints(values)) => Some(values),
            _ => None,
        }
    }

    pub(super) fn tensor(&self, name: &str) -> Option<&Tensor> {
        match self.0.get(name) {
            Some(Attribute::Tensor(tensor)) => Some(tensor),
            _ => None,
        }
    }
}

/// Values of an integer constant, row-major.
pub(super) fn integers(tensor: &Tensor) -> Result<Vec<i64>> {
    if tensor.dtype() != DType::I64 {
        return Err(Fault::invalid("expected integers, got floating-point values"));
    }
    Ok(tensor.flatten_all()?.to_vec1()?)
}

/// Values of an `f32` constant, row-major.
pub(super) fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    if tensor.dtype() != DType::F32 {
        return Err(Fault::invalid("expected floating-point values, got integers"));
    }
    Ok(tensor.flatten_all()?.to_vec1()?)
}

/// Maximum number of dimensions, against files that would exhaust memory.
pub(super) const MAX_RANK: usize = 16;

/// Number of values of a shape.
///
/// # Errors
/// [`Fault::Invalid`] for more than [`MAX_RANK`] dimensions or more than 2^26 values (256 MiB of `f32`).
pub(super) fn elements(shape: &[usize]) -> Result<usize> {
    const MAX_VALUES: usize = 1 << 26;
    if shape.len() > MAX_RANK {
        return Err(Fault::invalid(format!("too many dimensions: {}", shape.len())));
    }

    let product = shape.iter().try_fold(1usize, |product, &length| product.checked_mul(length));
    product
        .filter(|&product| product <= MAX_VALUES)
        .ok_or_else(|| Fault::invalid(format!("shape {shape:?} is too large")))
}
